// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {DynamicTraits} from "../../src/art/DynamicTraits.sol";
import {IERC7496} from "../../src/interfaces/IERC7496.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {TraitNames} from "../../src/lib/TraitNames.sol";
import {Traits} from "../../src/lib/Traits.sol";
import {MetadataReader} from "./MetadataReader.sol";
import {ERC721} from "solady/tokens/ERC721.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice ERC-7496: traits as other contracts and marketplaces read them.
contract DynamicTraitsTest is MetadataReader {
    using LibString for string;

    string[9] internal _names =
        ["palette", "family", "symmetry", "density", "texture", "frame", "marks", "rarity", "epoch"];

    function _key(uint256 i) internal view returns (bytes32) {
        return keccak256(bytes(_names[i]));
    }

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_valuesAreTheTraitsNumbers(bytes32 entropy, uint8 epochs) public {
        vm.assume(entropy != 0);
        uint256 tokenId = _mint();
        _draw(tokenId, entropy);
        for (uint256 i = 0; i < epochs % 3; ++i) {
            _fulfil(_pictureAnswer(tokenId));
            vm.prank(COLLECTOR);
            art.evolve(tokenId);
        }
        bytes32 traits = art.blueprint(tokenId).traits;
        bytes32[] memory keys = new bytes32[](9);
        for (uint256 i = 0; i < 9; ++i) {
            keys[i] = _key(i);
        }
        bytes32[] memory values = art.getTraitValues(tokenId, keys);
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(uint256(values[i]), uint8(traits[31 - i]), _names[i]);
        }
        assertEq(uint256(values[7]), Traits.rarity(traits), "rarity");
        assertEq(uint256(values[8]), epochs % 3, "epoch");
        for (uint256 i = 0; i < 9; ++i) {
            assertEq(art.getTraitValue(tokenId, keys[i]), values[i], "one by one");
        }
    }

    function test_theMetadataNamesEveryNumber() public view {
        string memory json = _decode(art.getTraitMetadataURI(), "data:application/json;base64,");
        for (uint256 i = 0; i < 9; ++i) {
            string memory at = string.concat(".traits.", _names[i]);
            string memory label = vm.parseJsonString(json, string.concat(at, ".displayName"));
            assertEq(label.lower(), _names[i], "label");
            assertFalse(vm.parseJsonBool(json, string.concat(at, ".tokenOwnerCanUpdateValue")), "nobody sets it");
            if (i == 8) break;
            assertEq(vm.parseJsonString(json, string.concat(at, ".dataType.type")), "string", "type");
            string memory mappings = string.concat(at, ".dataType.valueMappings");
            string[] memory words = vm.parseJsonKeys(json, mappings);
            assertEq(words.length, TraitNames.countOf(i), "every value");
            for (uint256 value = 0; value < words.length; ++value) {
                string memory name = vm.parseJsonString(json, string.concat(mappings, ".", vm.toString(bytes32(value))));
                assertEq(name, TraitNames.nameOf(i, value), "name");
            }
        }
        assertEq(vm.parseJsonKeys(json, ".traits").length, 9, "no others");
        assertEq(vm.parseJsonString(json, ".traits.epoch.dataType.type"), "decimal", "a number");
        assertEq(vm.parseJsonString(json, ".traits.epoch.validateOnSale"), "requireEq", "an evolution ends a sale");
    }

    function testFuzz_noOtherKeys(bytes32 key) public {
        for (uint256 i = 0; i < 9; ++i) {
            vm.assume(key != _key(i));
        }
        uint256 tokenId = _mintAndDraw();
        bytes memory expected = abi.encodeWithSelector(IERC7496.TraitKeyUnknown.selector, key);
        vm.expectRevert(expected);
        art.getTraitValue(tokenId, key);
        bytes32[] memory keys = new bytes32[](2);
        (keys[0], keys[1]) = (_key(0), key);
        vm.expectRevert(expected);
        art.getTraitValues(tokenId, keys);
        vm.expectRevert(expected);
        art.setTrait(tokenId, key, 0);
    }

    function test_noTraitsBeforeTheSeed() public {
        uint256 tokenId = _mint();
        bytes memory expected = abi.encodeWithSelector(ISeedArt.WrongStage.selector, tokenId, ISeedArt.Stage.Minted);
        vm.expectRevert(expected);
        art.getTraitValue(tokenId, _key(0));
        vm.expectRevert(expected);
        art.getTraitValues(tokenId, new bytes32[](1));
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.getTraitValue(tokenId + 1, _key(0));
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.setTrait(tokenId + 1, _key(0), 0);
    }

    function test_nobodySetsATrait() public {
        uint256 tokenId = _mintAndDraw();
        for (uint256 i = 0; i < 9; ++i) {
            vm.prank(COLLECTOR);
            vm.expectRevert(abi.encodeWithSelector(DynamicTraits.TraitNotSettable.selector, _key(i)));
            art.setTrait(tokenId, _key(i), bytes32(uint256(1)));
        }
    }

    function test_theInterfaceIsTheErcs() public view {
        assertEq(type(IERC7496).interfaceId, bytes4(0xaf332f3e), "interface id");
        assertTrue(art.supportsInterface(0xaf332f3e), "announced");
    }
}
