// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CanonicalForm, Header} from "../../src/network/CanonicalForm.sol";
import {ExactNetwork, Network} from "../../src/network/ExactNetwork.sol";
import {storeByte} from "../../src/network/Memory.sol";
import {Vector, VectorLibrary} from "../../src/network/Vector.sol";

/// @title Bench
/// @notice Runs ExactNetwork as Executor does, and says what each part costs and whether it kept to its own memory.
/// @dev Compiled like Executor; tests make it by its name.
contract Bench {
    error MemoryTouched(string where);

    /// @notice Loads a certified form and runs it twice.
    /// @return output the second run's output
    /// @return loading gas of loading
    /// @return running gas of the second run
    function run(bytes memory form, bytes memory input, bool once)
        external
        view
        returns (bytes memory output, uint256 loading, uint256 running)
    {
        Header memory header = CanonicalForm.header(form);
        bytes memory before = _canary();
        bytes32 formHash = keccak256(form);
        Vector values = _vector(input, 0, header.input.length, header.input.lo < 0);
        Vector latents = _vector(input, header.input.length, header.latent.length, header.latent.lo < 0);
        loading = gasleft();
        Network memory network = ExactNetwork.load(header, values, latents, once);
        loading -= gasleft();
        bytes memory between = _canary();
        if (!once) ExactNetwork.run(network);
        running = gasleft();
        ExactNetwork.run(network);
        running -= gasleft();
        bytes memory afterwards = _canary();
        output = ExactNetwork.outputOf(network);

        bytes32 good = keccak256(_canary());
        if (keccak256(before) != good) revert MemoryTouched("before");
        if (keccak256(between) != good) revert MemoryTouched("between");
        if (keccak256(afterwards) != good) revert MemoryTouched("afterwards");
        if (keccak256(form) != formHash) revert MemoryTouched("form");
    }

    function _vector(bytes memory values, uint256 from, uint256 length, bool lifted)
        private
        pure
        returns (Vector vector)
    {
        vector = VectorLibrary.make(length, lifted);
        for (uint256 i = 0; i < length; ++i) {
            storeByte(vector.first() - i, uint8(values[from + i]) ^ (lifted ? 128 : 0));
        }
    }

    function _canary() private pure returns (bytes memory bytes_) {
        bytes_ = new bytes(96);
        for (uint256 i = 0; i < 96; ++i) {
            bytes_[i] = 0x5a;
        }
    }
}
