// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {ISeedArt} from "./interfaces/ISeedArt.sol";
import {Cid} from "./lib/Cid.sol";
import {Patina} from "./lib/Patina.sol";
import {Traits} from "./lib/Traits.sol";
import {Base64} from "solady/utils/Base64.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @title TokenMetadata
/// @notice A token's ERC-721 metadata as a data URI: complete at every stage, and once the picture is there also with
/// the receipt, so that anyone can check it without a chain.
/// @dev A contract without state of its own: it is apart from SeedArt because both together are too long for one
/// contract's code (EIP-170). SeedArt creates it.
contract TokenMetadata {
    using LibString for uint256;
    using LibString for address;
    using LibString for string;

    /// @notice All that the metadata says.
    /// @param collection the token's contract
    /// @param title the token's name, unescaped
    /// @param tokenId the token
    /// @param stage where it is in its life
    /// @param drawBlock the block whose hash becomes the seed
    /// @param hub the hub whose domain the receipt is signed for
    /// @param attestationKey the model's key
    /// @param rendererVersion which rules turn the network's fields into colours
    /// @param size the picture's width and height, in pixels
    /// @param seed the token's randomness
    /// @param traits packed traits
    /// @param pixelRoot Merkle root over the picture's tiles
    /// @param imageCodec codec of the picture's CID
    /// @param imageDigest digest of the picture's CID
    /// @param receipt the accepted receipt
    /// @param signature the receipt's signature
    struct Content {
        address collection;
        string title;
        uint256 tokenId;
        ISeedArt.Stage stage;
        uint64 drawBlock;
        address hub;
        address attestationKey;
        uint16 rendererVersion;
        uint16 size;
        bytes32 seed;
        bytes32 traits;
        bytes32 pixelRoot;
        bytes1 imageCodec;
        bytes32 imageDigest;
        IInferenceHub.Receipt receipt;
        bytes signature;
    }

    /// @notice The data URI.
    function uri(Content memory content) external view returns (string memory) {
        bool fulfilled = content.stage == ISeedArt.Stage.Fulfilled;
        string memory json = string.concat(
            '{"name":"',
            content.title.escapeJSON(),
            '","description":"',
            _description(content),
            '","image":"',
            _image(content),
            '","attributes":',
            content.stage == ISeedArt.Stage.Minted ? "[]" : _attributes(content.traits),
            fulfilled ? string.concat(',"verdigris":', _provenance(content)) : "",
            "}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
    }

    function _description(Content memory content) private pure returns (string memory) {
        if (content.stage == ISeedArt.Stage.Minted) {
            return string.concat(
                "Bare copper. The hash of block ",
                uint256(content.drawBlock).toString(),
                " will give this token its seed; then a small neural network draws its picture."
            );
        }
        if (content.stage == ISeedArt.Stage.Drawn) {
            return "The seed is drawn and the patina forms. A small neural network is drawing this token's picture.";
        }
        return "A picture that a small neural network drew from a seed. Anyone can draw the same pixels again from "
            "the seed, the traits and the network, and compare them with the root and the receipt given here.";
    }

    function _image(Content memory content) private pure returns (string memory) {
        if (content.stage == ISeedArt.Stage.Fulfilled) return Cid.uri(content.imageCodec, content.imageDigest);
        return string.concat(
            "data:image/svg+xml;base64,",
            Base64.encode(
                content.stage == ISeedArt.Stage.Minted ? Patina.copper() : Patina.patina(content.seed, content.traits)
            )
        );
    }

    function _attributes(bytes32 traits) private pure returns (string memory) {
        return string.concat(
            '[{"trait_type":"Palette","value":"',
            Traits.paletteName(traits),
            '"},{"trait_type":"Family","value":"',
            Traits.familyName(traits),
            '"},{"trait_type":"Symmetry","value":"',
            Traits.symmetryName(traits),
            '"},{"trait_type":"Density","value":"',
            Traits.densityName(traits),
            '"}]'
        );
    }

    /// @dev All that a verifier needs: the input and output follow from these fields, the receipt binds them.
    function _provenance(Content memory content) private view returns (string memory) {
        IInferenceHub.Receipt memory receipt = content.receipt;
        string memory what = string.concat(
            '{"version":1,"chainId":',
            block.chainid.toString(),
            _text("contract", content.collection.toHexStringChecksummed()),
            _text("tokenId", content.tokenId.toString()),
            _text("hub", content.hub.toHexStringChecksummed()),
            _word("requestId", receipt.requestId),
            _word("modelId", receipt.modelId),
            ',"rendererVersion":',
            uint256(content.rendererVersion).toString(),
            _word("seed", content.seed),
            _word("traits", content.traits)
        );
        return string.concat(
            what,
            ',"size":',
            uint256(content.size).toString(),
            _word("pixelRoot", content.pixelRoot),
            _text("imageCid", Cid.text(content.imageCodec, content.imageDigest)),
            _text("metadata", Cid.uri(Cid.RAW, receipt.contentHash)),
            ',"receipt":',
            _receipt(content),
            "}"
        );
    }

    function _receipt(Content memory content) private pure returns (string memory) {
        IInferenceHub.Receipt memory receipt = content.receipt;
        return string.concat(
            '{"issuedAt":',
            uint256(receipt.issuedAt).toString(),
            _word("inputHash", receipt.inputHash),
            _word("outputHash", receipt.outputHash),
            _word("contentHash", receipt.contentHash),
            _text("attestationKey", content.attestationKey.toHexStringChecksummed()),
            _text("signature", LibString.toHexString(content.signature)),
            "}"
        );
    }

    /// @dev A further member of an object, its value a 32-byte word in hexadecimal.
    function _word(string memory key, bytes32 value) private pure returns (string memory) {
        return _text(key, uint256(value).toHexString(32));
    }

    /// @dev A further member of an object, its value a text that needs no escapes.
    function _text(string memory key, string memory value) private pure returns (string memory) {
        return string.concat(',"', key, '":"', value, '"');
    }
}
