// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @title CodeChunks
/// @notice Keeps bytes as the code of contracts, which is the cheapest place for them on a chain, and reads them back.
/// @dev The format is SSTORE2: one STOP byte (0x00), so that the code can't run, then at most 24,575 bytes of content.
library CodeChunks {
    /// @notice The most content that a chunk can have, in bytes: the longest code (EIP-170) less the STOP byte.
    uint256 internal constant MAX_LENGTH = 24_575;

    /// @notice Keeps `content`, at most `MAX_LENGTH` bytes, as a chunk made by this contract; one that is there stays.
    function store(bytes memory content) internal returns (address chunk) {
        chunk = addressOf(content);
        if (chunk.code.length == 0) SSTORE2.writeCounterfactual(content, 0);
    }

    /// @notice Where this contract keeps `content`: CREATE2 with salt 0, so that the address follows from the content.
    function addressOf(bytes memory content) internal view returns (address) {
        return SSTORE2.predictCounterfactualAddress(content, 0);
    }

    /// @notice Whether an address holds a chunk: some code, and STOP as its first byte.
    /// @dev STOP also refuses EIP-7702 accounts (0xef…) and contracts that could destroy themselves later.
    function isChunk(address chunk) internal view returns (bool) {
        bytes32 head;
        assembly ("memory-safe") {
            mstore(0x00, not(0))
            extcodecopy(chunk, 0x00, 0x00, 0x01)
            head := mload(0x00)
        }
        return chunk.code.length != 0 && head[0] == 0x00;
    }

    /// @notice The contents of chunks, joined in order. An address without code adds nothing.
    function join(address[] memory chunks) internal view returns (bytes memory joined) {
        assembly ("memory-safe") {
            joined := mload(0x40)
            let cursor := add(joined, 0x20)
            let slot := add(chunks, 0x20)
            for { let end := add(slot, shl(5, mload(chunks))) } lt(slot, end) { slot := add(slot, 0x20) } {
                let size := extcodesize(mload(slot))
                if size {
                    extcodecopy(mload(slot), cursor, 0x01, sub(size, 0x01))
                    cursor := add(cursor, sub(size, 0x01))
                }
            }
            mstore(joined, sub(cursor, add(joined, 0x20)))
            mstore(cursor, 0)
            mstore(0x40, and(add(cursor, 0x3f), not(0x1f)))
        }
    }
}
