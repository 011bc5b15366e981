// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {LeveledTest} from "./LeveledTest.sol";
import {Base64} from "solady/utils/Base64.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice Takes a token's metadata apart, as wallets and marketplaces do.
abstract contract MetadataReader is LeveledTest {
    using LibString for string;

    /* JSON */

    function _json(uint256 tokenId) internal view returns (string memory) {
        return _decode(art.tokenURI(tokenId), "data:application/json;base64,");
    }

    function _decode(string memory uri, string memory prefix) internal pure returns (string memory) {
        assertTrue(uri.startsWith(prefix), "the URI's type");
        return string(Base64.decode(uri.slice(bytes(prefix).length)));
    }

    function _svg(string memory json) internal pure returns (string memory svg) {
        svg = _decode(vm.parseJsonString(json, ".image"), "data:image/svg+xml;base64,");
        assertTrue(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">'), "opens");
        assertTrue(svg.endsWith("</svg>"), "closes");
        assertEq(svg.indicesOf("<g ").length, svg.indicesOf("</g>").length, "every group is closed");
        assertEq(svg.indicesOf("<").length, svg.indicesOf(">").length, "every tag is closed");
        assertEq(svg.indicesOf('"').length % 2, 0, "every attribute is closed");
    }

    function _attribute(string memory json, uint256 i, string memory part) internal pure returns (string memory) {
        return vm.parseJsonString(json, string.concat(".attributes[", vm.toString(i), "].", part));
    }

    /* CIDS, BY ANOTHER ROAD THAN THE CONTRACT'S */

    bytes internal constant ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    function _ipfs(bytes memory cid) internal pure returns (string memory uri) {
        uri = "ipfs://b";
        for (uint256 bit = 0; bit < cid.length * 8; bit += 5) {
            uint256 value = 0;
            for (uint256 i = bit; i < bit + 5; ++i) {
                uint256 byte_ = i / 8 < cid.length ? uint8(cid[i / 8]) : 0;
                value = value * 2 + ((byte_ >> (7 - (i % 8))) & 1);
            }
            uri = string.concat(uri, string(abi.encodePacked(ALPHABET[value])));
        }
    }

    function _base32(string memory text) internal pure returns (bytes memory cid) {
        bytes memory characters = bytes(text);
        assertEq(characters[0], "b", "multibase");
        cid = new bytes((characters.length - 1) * 5 / 8);
        for (uint256 bit = 0; bit < cid.length * 8; ++bit) {
            uint256 value = 0;
            while (ALPHABET[value] != characters[1 + bit / 5]) ++value;
            if ((value >> (4 - (bit % 5))) & 1 == 1) cid[bit / 8] |= bytes1(0x80) >> (bit % 8);
        }
    }
}
