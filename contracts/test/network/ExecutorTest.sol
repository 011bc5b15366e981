// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Executors} from "../Stages.sol";
import {Test} from "forge-std/Test.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @notice A registry and an executor, and what is common to their tests.
abstract contract ExecutorTest is Test {
    ModelRegistry internal registry;
    IExecutor internal executor;

    function setUp() public virtual {
        registry = new ModelRegistry();
        executor = Executors.deploy(address(registry));
    }

    /// @dev A file that `cargo run -p verdigris-model --example evm_vectors` makes.
    function _vectors(string memory name) internal view returns (bytes memory) {
        string memory path = string.concat("test/vectors/", name);
        require(vm.isFile(path), "make it first: cargo run -p verdigris-model --example evm_vectors");
        return vm.readFileBinary(path);
    }

    /// @dev Registers a version whose weights are on chain. The key tells versions of the same form apart.
    function _register(bytes memory form, IModelRegistry.Task task) internal returns (bytes32) {
        address[] memory chunks = new address[]((form.length + 24_574) / 24_575);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 start = i * 24_575;
            uint256 length = form.length - start < 24_575 ? form.length - start : 24_575;
            bytes memory chunk = new bytes(length);
            assembly ("memory-safe") {
                mcopy(add(chunk, 0x20), add(add(form, 0x20), start), length)
            }
            chunks[i] = SSTORE2.write(chunk);
        }
        return registry.register(IModelRegistry.Model(task, keccak256(form), 0, address(1), ""), chunks);
    }

    function _certifiedPicture(bytes memory form) internal returns (bytes32 modelId) {
        modelId = _register(form, IModelRegistry.Task.Picture);
        executor.certify(modelId);
    }

    function _certified(bytes memory form) internal returns (bytes32 modelId) {
        modelId = _register(form, IModelRegistry.Task.Tensor);
        executor.certify(modelId);
    }
}
