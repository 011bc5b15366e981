// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {STAGES} from "../Stages.sol";
import {ExecutorTest} from "../network/ExecutorTest.sol";
import {Form} from "../network/Form.sol";
import {TraitsWords} from "./TraitsWords.sol";

/// @notice Pixels and rows are the ones that the Rust renderer draws.
contract PixelTest is ExecutorTest {
    struct Pixel {
        bytes32 seed;
        bytes32 traits;
        uint16 size;
        uint16 x;
        uint16 y;
        bytes rgb;
    }

    bytes32 internal model;

    function setUp() public override {
        super.setUp();
        model = _certifiedPicture(Form.picture());
    }

    function test_pixelsAndRowsAreTheRenderersOwn() public {
        bytes32 genesis =
            _certifiedPicture(vm.parseJsonBytes(vm.readFile("../wasm-model/vectors/network-01.json"), ".network"));
        Pixel[] memory pixels = abi.decode(_vectors("pixels.bin"), (Pixel[]));
        assertGe(pixels.length, 400, "number of pixels");
        for (uint256 i = 0; i < pixels.length; ++i) {
            Pixel memory p = pixels[i];
            // A column that no picture has stands for the whole row.
            bytes memory rgb = p.x == type(uint16).max
                ? executor.rows(genesis, STAGES, p.seed, p.traits, p.size, p.y, p.y + 1)
                : abi.encodePacked(executor.pixel(genesis, STAGES, p.seed, p.traits, p.size, p.x, p.y));
            assertEq(rgb, p.rgb, string.concat("pixel ", vm.toString(i)));
        }
    }

    function testFuzz_aRowsPixelsAreThePixels(bytes32 seed, uint256 traits, uint16 size, uint16 y, uint16 x)
        public
        view
    {
        traits = uint256(TraitsWords.valid(traits));
        size = uint16(bound(size, 1, 40));
        (y, x) = (y % size, x % size);
        bytes memory row = executor.rows(model, STAGES, seed, bytes32(traits), size, y, y + 1);
        assertEq(row.length, 3 * uint256(size), "length");
        bytes3 alone = executor.pixel(model, STAGES, seed, bytes32(traits), size, x, y);
        bytes memory inRow = abi.encodePacked(row[3 * uint256(x)], row[3 * uint256(x) + 1], row[3 * uint256(x) + 2]);
        assertEq(inRow, abi.encodePacked(alone), "pixel");
    }

    function test_rowsComeOneAfterAnother() public view {
        bytes memory all = executor.rows(model, STAGES, "seed", 0, 5, 0, 5);
        bytes memory joined = bytes.concat(
            executor.rows(model, STAGES, "seed", 0, 5, 0, 2), executor.rows(model, STAGES, "seed", 0, 5, 2, 5)
        );
        assertEq(all, joined, "in two calls");
        assertEq(executor.rows(model, STAGES, "seed", 0, 5, 3, 3), "", "no rows");
    }

    /* WHAT IS REFUSED */

    function test_aPictureHasOneToFourThousandNinetySixPixelsASide() public {
        _expectOutside(0, 0, 0);
        _expectOutside(4097, 0, 0);
        executor.pixel(model, STAGES, 0, 0, 4096, 4095, 4095);
        executor.pixel(model, STAGES, 0, 0, 1, 0, 0);
    }

    function test_pixelsOutsideThePictureAreRefused() public {
        _expectOutside(8, 8, 0);
        _expectOutside(8, 0, 8);
        _expectOutside(8, 65_535, 65_535);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.OutsidePicture.selector, 8, 0, 9));
        executor.rows(model, STAGES, 0, 0, 8, 0, 9);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.OutsidePicture.selector, 8, 0, 2));
        executor.rows(model, STAGES, 0, 0, 8, 3, 2);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.OutsidePicture.selector, 4097, 0, 1));
        executor.rows(model, STAGES, 0, 0, 4097, 0, 1);
    }

    function test_everyByteOfTheTraitsMustHoldATrait() public {
        for (uint256 i = 0; i < 32; ++i) {
            uint256 most = i < 7 ? TraitsWords.most(i) : i == 8 || i == 9 ? 255 : 0;
            executor.pixel(model, STAGES, 0, bytes32(most << (8 * i)), 8, 1, 1);
            if (most == 255) continue;
            bytes32 traits = bytes32((most + 1) << (8 * i));
            vm.expectRevert(abi.encodeWithSelector(IExecutor.BadTraits.selector, traits));
            executor.pixel(model, STAGES, 0, traits, 8, 1, 1);
            vm.expectRevert(abi.encodeWithSelector(IExecutor.BadTraits.selector, traits));
            executor.rows(model, STAGES, 0, traits, 8, 1, 1);
            traits = bytes32(uint256(255) << (8 * i));
            vm.expectRevert(abi.encodeWithSelector(IExecutor.BadTraits.selector, traits));
            executor.pixel(model, STAGES, 0, traits, 8, 1, 1);
        }
    }

    function test_onlyCertifiedPictureModelsAreDrawn() public {
        uint16[] memory widths = new uint16[](2);
        (widths[0], widths[1]) = (6, 3);
        bytes32 modelId = _register(Form.chain(widths, hex"02", -128, 32), IModelRegistry.Task.Tensor);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.NotCertified.selector, modelId));
        executor.pixel(modelId, STAGES, 0, 0, 8, 1, 1);
        executor.certify(modelId);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.NotAPicture.selector, modelId));
        executor.pixel(modelId, STAGES, 0, 0, 8, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.NotAPicture.selector, modelId));
        executor.rows(modelId, STAGES, 0, 0, 8, 1, 1);
    }

    function _expectOutside(uint16 size, uint16 x, uint16 y) private {
        vm.expectRevert(abi.encodeWithSelector(IExecutor.OutsidePicture.selector, size, x, y));
        executor.pixel(model, STAGES, 0, 0, size, x, y);
    }
}
