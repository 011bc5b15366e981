// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {LibString} from "solady/utils/LibString.sol";

/// @title Json
/// @notice The further members of a JSON object, each with the comma before it.
library Json {
    using LibString for uint256;

    /// @notice A member whose value is JSON already.
    function member(string memory key, string memory json) internal pure returns (string memory) {
        return string.concat(',"', key, '":', json);
    }

    /// @notice A member whose value is a text that needs no escapes.
    function text(string memory key, string memory value) internal pure returns (string memory) {
        return string.concat(',"', key, '":"', value, '"');
    }

    /// @notice A member whose value is a 32-byte word in hexadecimal.
    function word(string memory key, bytes32 value) internal pure returns (string memory) {
        return text(key, uint256(value).toHexString(32));
    }

    /// @notice A member whose value is an address in hexadecimal, with its checksum (ERC-55).
    function account(string memory key, address value) internal pure returns (string memory) {
        return text(key, LibString.toHexStringChecksummed(value));
    }

    /// @notice A member whose value is a number.
    function number(string memory key, uint256 value) internal pure returns (string memory) {
        return member(key, value.toString());
    }
}
