// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {STAGES} from "../Stages.sol";
import {ExecutorTest} from "./ExecutorTest.sol";
import {Form} from "./Form.sol";
import {IBench} from "./IBench.sol";
import {PlainNetwork} from "./PlainNetwork.sol";

/// @notice What running networks costs; kept in snapshots/Executor.json. Each call is a transaction of its own, so that
/// nothing is warm.
/// forge-config: default.isolate = true
contract ExecutorGasTest is ExecutorTest {
    IBench internal bench;

    function setUp() public override {
        super.setUp();
        bench = IBench(vm.deployCode("Bench.sol:Bench"));
    }

    /* LAYERS, ONCE LOADED */

    function test_fiveLayersOf32() public {
        (uint256 loading, uint256 phases) = _run(_square(32, hex"0202020202"));
        (, uint256 clips) = _run(_square(32, hex"0101010101"));
        vm.snapshotValue("Executor", "pixel, 5 layers of 32", phases);
        vm.snapshotValue("Executor", "pixel, 5 layers of 32, clips instead of phases", clips);
        vm.snapshotValue("Executor", "loading 5 layers of 32", loading);
        assertLe(phases, 20_000, "the target");
    }

    function test_layersByWidth() public {
        for (uint16 width = 16; width <= 64; width += 16) {
            (, uint256 phase) = _run(_square(width, hex"02"));
            (, uint256 clip) = _run(_square(width, hex"01"));
            vm.snapshotValue("Executor", string.concat("a layer of ", vm.toString(width), ", phase"), phase);
            vm.snapshotValue("Executor", string.concat("a layer of ", vm.toString(width), ", clip"), clip);
        }
        (, uint256 one) = _run(_square(64, hex"02"));
        vm.snapshotValue("Executor", "thousand multiply-adds at width 64", one * 1000 / (64 * 64));
        assertLe(one * 1000 / (64 * 64), 2800, "the target: 2.8 a multiply-add");
    }

    function test_plainSolidity() public {
        bytes memory form = _square(32, hex"0202020202");
        (, uint256 ours) = _run(form);
        (, uint256 plain) = (new PlainNetwork()).run(form, new int256[](32), new int256[](0));
        vm.snapshotValue("Executor", "pixel, 5 layers of 32, in plain Solidity", plain);
        vm.snapshotValue("Executor", "plain Solidity over executor", plain / ours);
    }

    /* WHOLE CALLS */

    function test_genesis() public {
        bytes memory form = vm.parseJsonBytes(vm.readFile("../wasm-model/vectors/network-01.json"), ".network");
        bytes32 modelId = _register(form, IModelRegistry.Task.Picture);
        executor.certify(modelId);
        vm.snapshotGasLastCall("Executor", "certify, genesis");
        executor.pixel(modelId, STAGES, "seed", 0, 512, 200, 300);
        vm.snapshotGasLastCall("Executor", "pixel, genesis, as a transaction");
        executor.rows(modelId, STAGES, "seed", 0, 32, 0, 32);
        uint256 thumbnail = vm.snapshotGasLastCall("Executor", "thumbnail, 32x32");
        assertLe(thumbnail, 25_000_000, "the target");
    }

    function test_thumbnailOfNineThousandMultiplyAdds() public {
        uint16[] memory widths = new uint16[](6);
        (widths[0], widths[1], widths[2], widths[3], widths[4], widths[5]) = (6, 60, 60, 60, 32, 3);
        bytes32 modelId = _register(Form.chain(widths, hex"0201020102", -128, 32), IModelRegistry.Task.Picture);
        executor.certify(modelId);
        executor.rows(modelId, STAGES, "seed", 0, 32, 0, 32);
        uint256 thumbnail = vm.snapshotGasLastCall("Executor", "thumbnail, 32x32, of 9,576 multiply-adds a pixel");
        assertLe(thumbnail, 45_000_000, "the target");
    }

    function test_certifyOf24Kilobytes() public {
        uint16[] memory widths = new uint16[](7);
        for (uint256 i = 0; i < 7; ++i) {
            widths[i] = 62;
        }
        bytes memory form = Form.chain(widths, hex"010201020102", 0, 0);
        assertGt(form.length, 24_000, "length");
        executor.certify(_register(form, IModelRegistry.Task.Tensor));
        vm.snapshotGasLastCall("Executor", "certify, 24 KB");
    }

    function _run(bytes memory form) private view returns (uint256 loading, uint256 running) {
        (, loading, running) = bench.run(form, new bytes(64), false);
    }

    function _square(uint16 width, bytes memory activations) private pure returns (bytes memory) {
        uint16[] memory widths = new uint16[](activations.length + 1);
        for (uint256 i = 0; i < widths.length; ++i) {
            widths[i] = width;
        }
        return Form.chain(widths, activations, 0, 0);
    }
}
