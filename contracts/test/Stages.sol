// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../src/interfaces/IExecutor.sol";
import {Vm} from "forge-std/Vm.sol";

/// @dev Version 1 of concept, style and composition.
uint32 constant STAGES = 0x010101;

/// @title Executors
/// @notice Deploys the executor with its stages by the names of their artifacts: what imports them would have to be
/// compiled by way of the IR, too, which takes minutes.
library Executors {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice An executor that knows version 1 of each stage.
    function deploy(address registry) internal returns (IExecutor) {
        return deploy(registry, style(), composition());
    }

    /// @notice An executor that knows these stages: version n is entry n - 1.
    function deploy(address registry, address[] memory styles, address[] memory compositions)
        internal
        returns (IExecutor)
    {
        return IExecutor(VM.deployCode("Executor.sol:Executor", abi.encode(registry, styles, compositions)));
    }

    /// @notice A list of the first style.
    function style() internal returns (address[] memory list) {
        list = new address[](1);
        list[0] = VM.deployCode("Style.sol:Style");
    }

    /// @notice A list of the first composition.
    function composition() internal returns (address[] memory list) {
        list = new address[](1);
        list[0] = VM.deployCode("Composition.sol:Composition");
    }
}
