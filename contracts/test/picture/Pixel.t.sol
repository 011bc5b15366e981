// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ExecutorTest} from "../network/ExecutorTest.sol";

/// @notice Pixels are the ones that the Rust renderer draws.
contract PixelTest is ExecutorTest {
    struct Pixel {
        bytes32 seed;
        bytes32 traits;
        uint16 size;
        uint16 x;
        uint16 y;
        bytes rgb;
    }

    function test_pixelsAndRowsAreTheRenderersOwn() public {
        bytes memory form = vm.parseJsonBytes(vm.readFile("../wasm-model/vectors/network-01.json"), ".network");
        bytes32 genesis = _register(form, IModelRegistry.Task.Picture);
        uint256 g = gasleft();
        executor.certify(genesis);
        emit log_named_uint("certify", g - gasleft());
        Pixel[] memory pixels = abi.decode(_vectors("pixels.bin"), (Pixel[]));
        for (uint256 i = 0; i < pixels.length; ++i) {
            Pixel memory p = pixels[i];
            bytes memory rgb = p.x == type(uint16).max
                ? executor.rows(genesis, p.seed, p.traits, p.size, p.y, p.y + 1)
                : abi.encodePacked(executor.pixel(genesis, p.seed, p.traits, p.size, p.x, p.y));
            assertEq(rgb, p.rgb, string.concat("pixel ", vm.toString(i)));
        }
        g = gasleft();
        executor.pixel(genesis, 0, 0, 512, 1, 1);
        emit log_named_uint("pixel", g - gasleft());
        g = gasleft();
        executor.rows(genesis, 0, 0, 32, 0, 1);
        emit log_named_uint("row 32", g - gasleft());
        g = gasleft();
        executor.rows(genesis, 0, 0, 32, 0, 32);
        emit log_named_uint("rows 32", g - gasleft());
    }
}
