// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Base64} from "./Base64.sol";
import {TraitNames} from "./TraitNames.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @title TraitKeys
/// @notice Traits as ERC-7496 has them: a key is the keccak256 of an attribute's name in lower case, a value its
/// number.
library TraitKeys {
    using LibString for uint256;
    using LibString for string;

    bytes32 internal constant EPOCH = keccak256("epoch");

    /// @notice Which attribute a key names; `TraitNames.COUNT` if none.
    function indexOf(bytes32 key) internal pure returns (uint256 which) {
        while (which < TraitNames.COUNT && keccak256(bytes(TraitNames.label(which).lower())) != key) ++which;
    }

    /// @notice The trait metadata as a data URI: which traits there are, and what their values are called.
    function metadataURI() internal pure returns (string memory) {
        string memory traits = _trait(0);
        for (uint256 which = 1; which < TraitNames.COUNT; ++which) {
            traits = string.concat(traits, ",", _trait(which));
        }
        string memory json = string.concat('{"traits":{', traits, "}}");
        return Base64.encode("data:application/json;base64,", bytes(json));
    }

    function _trait(uint256 which) private pure returns (string memory) {
        string memory label = TraitNames.label(which);
        string memory head = string.concat('"', label.lower(), '":{"displayName":"', label, '","dataType":');
        // Who offers for a token's picture means that picture: an evolution ends a sale.
        if (which == TraitNames.EPOCH) {
            return string.concat(
                head,
                '{"type":"decimal","signed":false,"decimals":0,"minValue":0,"maxValue":65535}',
                ',"validateOnSale":"requireEq","tokenOwnerCanUpdateValue":false}'
            );
        }
        return string.concat(
            head, '{"type":"string","valueMappings":{', _values(which), '}},"tokenOwnerCanUpdateValue":false}'
        );
    }

    /// @dev The names of an attribute's numbers.
    function _values(uint256 which) private pure returns (string memory values) {
        for (uint256 value = 0; value < TraitNames.countOf(which); ++value) {
            values = string.concat(
                values, value == 0 ? '"' : ',"', value.toHexString(32), '":"', TraitNames.nameOf(which, value), '"'
            );
        }
    }
}
