// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ExecutorTest} from "./ExecutorTest.sol";
import {Form} from "./Form.sol";
import {IBench} from "./IBench.sol";

/// @notice Networks give the numbers that the Rust reference gives.
contract RunTest is ExecutorTest {
    struct Vector {
        bytes form;
        bytes[] inputs;
        bytes[] outputs;
    }

    function test_randomNetworksGiveTheReferencesOutputs() public {
        IBench bench = IBench(vm.deployCode("Bench.sol:Bench"));
        Vector[] memory vectors = abi.decode(_vectors("networks.bin"), (Vector[]));
        assertGe(vectors.length, 200, "number of networks");
        for (uint256 i = 0; i < vectors.length; ++i) {
            bytes32 modelId = _certified(vectors[i].form);
            for (uint256 j = 0; j < vectors[i].inputs.length; ++j) {
                bytes memory output = executor.run(modelId, vectors[i].inputs[j]);
                assertEq(output, vectors[i].outputs[j], string.concat("network ", vm.toString(i)));
                (output,,) = bench.run(vectors[i].form, vectors[i].inputs[j], false);
                assertEq(output, vectors[i].outputs[j], string.concat("laid out, network ", vm.toString(i)));
            }
        }
    }

    /// @dev The vectors that all executors share: those that are networks of vectors run, the others are refused by name.
    function test_fixedVectors() public {
        uint256 ran = 0;
        for (uint256 number = 1; number <= 20; ++number) {
            string memory digits = string.concat(number < 10 ? "0" : "", vm.toString(number));
            string memory json = vm.readFile(string.concat("../wasm-model/vectors/network-", digits, ".json"));
            bytes memory form = vm.parseJsonBytes(json, ".network");
            bytes32 modelId = _register(form, IModelRegistry.Task.Tensor);
            try executor.certify(modelId) {
                ++ran;
                _runCases(modelId, form, json);
            } catch (bytes memory reason) {
                assertEq(bytes4(reason), bytes4(keccak256("NotDense(uint256,string)")), "why it is refused");
            }
        }
        assertGe(ran, 2, "vectors that are networks of vectors");
    }

    function test_rawSumsAreBigEndian() public {
        // Three outputs with weights 1, -1, 0 and biases 0x010203, -1, -0x30000.
        bytes memory operation = hex"00000003000101000000" hex"00" hex"01ff00" hex"03020100" hex"ffffffff" hex"0000fdff";
        bytes memory form = bytes.concat(Form.header(1, 0, 255, 0, 0, 1), operation);
        bytes memory output = executor.run(_certified(form), hex"ff");
        assertEq(output, hex"00010302ffffff00fffd0000", "int32, big-endian");
    }

    function test_inputsMustBeAsLongAsTheModelSays() public {
        bytes32 modelId = _certified(_withLatents());
        vm.expectRevert(abi.encodeWithSelector(IExecutor.BadInputLength.selector, 5, 4));
        executor.run(modelId, hex"01010101");
        vm.expectRevert(abi.encodeWithSelector(IExecutor.BadInputLength.selector, 5, 6));
        executor.run(modelId, hex"010101010101");
        vm.expectRevert(abi.encodeWithSelector(IExecutor.BadInputLength.selector, 5, 0));
        executor.run(modelId, "");
    }

    function test_inputsAndLatentsMustLieInTheirRange() public {
        // Three inputs from -3 to 7, two latents from -128 to 127.
        bytes memory form = _withLatents();
        (form[11], form[12], form[13], form[14]) = (0xfd, 0xff, 0x07, 0x00);
        (form[19], form[20]) = (0x10, 0x00);
        bytes32 modelId = _certified(form);
        executor.run(modelId, hex"fd07008010");
        vm.expectRevert(abi.encodeWithSelector(IExecutor.InputOutOfRange.selector, 1, int256(8)));
        executor.run(modelId, hex"0008008010");
        vm.expectRevert(abi.encodeWithSelector(IExecutor.InputOutOfRange.selector, 2, int256(-4)));
        executor.run(modelId, hex"0000fc8010");
        vm.expectRevert(abi.encodeWithSelector(IExecutor.InputOutOfRange.selector, 4, int256(17)));
        executor.run(modelId, hex"0000000011");
    }

    function test_anUncertifiedModelIsNotRun() public {
        bytes32 modelId = _register(_withLatents(), IModelRegistry.Task.Tensor);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.NotCertified.selector, modelId));
        executor.run(modelId, hex"0000000000");
    }

    function _withLatents() private pure returns (bytes memory) {
        uint16[] memory widths = new uint16[](2);
        (widths[0], widths[1]) = (3, 4);
        return Form.chain(widths, hex"01", -128, 2);
    }

    function _runCases(bytes32 modelId, bytes memory form, string memory json) private view {
        bool inputSigned = form[12] >= 0x80;
        bool latentSigned = form[18] >= 0x80;
        bool isRaw = bytes4(form) != 0 && _isRaw(json);
        for (uint256 i = 0; i < 3; ++i) {
            string memory key = string.concat(".cases[", vm.toString(i), "]");
            int256[] memory inputs = vm.parseJsonIntArray(json, string.concat(key, ".input"));
            int256[] memory latents = vm.parseJsonIntArray(json, string.concat(key, ".latent"));
            int256[] memory outputs = vm.parseJsonIntArray(json, string.concat(key, ".output"));
            if (!_fits(inputs, inputSigned) || !_fits(latents, latentSigned)) continue;
            bytes memory input = bytes.concat(_bytes(inputs, false), _bytes(latents, false));
            assertEq(executor.run(modelId, input), _bytes(outputs, isRaw), string.concat("case ", vm.toString(i)));
        }
    }

    /// @dev Some output of a raw layer is no byte; that suffices to tell here.
    function _isRaw(string memory json) private pure returns (bool) {
        for (uint256 i = 0; i < 3; ++i) {
            string memory key = string.concat(".cases[", vm.toString(i), "].output");
            if (!_fits(vm.parseJsonIntArray(json, key), false)) return true;
        }
        return false;
    }

    /// @dev Whether bytes can carry the values.
    function _fits(int256[] memory values, bool signed) private pure returns (bool) {
        for (uint256 i = 0; i < values.length; ++i) {
            if (signed ? values[i] > 127 : values[i] < 0 || values[i] > 255) return false;
        }
        return true;
    }

    function _bytes(int256[] memory values, bool raw) private pure returns (bytes memory bytes_) {
        for (uint256 i = 0; i < values.length; ++i) {
            bytes_ = raw
                ? bytes.concat(bytes_, bytes4(uint32(int32(values[i]))))
                : bytes.concat(bytes_, bytes1(uint8(uint256(values[i]))));
        }
    }
}
