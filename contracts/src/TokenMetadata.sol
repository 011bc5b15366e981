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
        string memory json = string.concat(
            '{"name":"',
            content.title.escapeJSON(),
            '"',
            _text("description", _description(content)),
            _text("image", _image(content)),
            _member("attributes", _attributes(content))
        );
        if (content.stage == ISeedArt.Stage.Fulfilled) {
            json = string.concat(json, _member("verdigris", _provenance(content)));
        }
        return string.concat("data:application/json;base64,", Base64.encode(bytes(string.concat(json, "}"))));
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

    function _attributes(Content memory content) private pure returns (string memory) {
        if (content.stage == ISeedArt.Stage.Minted) return "[]";
        bytes32 traits = content.traits;
        return string.concat(
            string.concat("[", _attribute("Palette", Traits.paletteName(traits))),
            string.concat(",", _attribute("Family", Traits.familyName(traits))),
            string.concat(",", _attribute("Symmetry", Traits.symmetryName(traits))),
            string.concat(",", _attribute("Density", Traits.densityName(traits)), "]")
        );
    }

    function _attribute(string memory trait, string memory value) private pure returns (string memory) {
        return string.concat('{"trait_type":"', trait, '","value":"', value, '"}');
    }

    /// @dev All that a verifier needs: the input and output follow from these fields, the receipt binds them.
    function _provenance(Content memory content) private view returns (string memory) {
        return string.concat(_origin(content), _picture(content), _member("receipt", _receipt(content)), "}");
    }

    /// @dev Where the picture was asked for.
    function _origin(Content memory content) private view returns (string memory) {
        return string.concat(
            string.concat('{"version":1', _number("chainId", block.chainid)),
            _text("contract", content.collection.toHexStringChecksummed()),
            _text("tokenId", content.tokenId.toString()),
            _text("hub", content.hub.toHexStringChecksummed()),
            _word("requestId", content.receipt.requestId)
        );
    }

    /// @dev What was drawn, and where it is kept.
    function _picture(Content memory content) private pure returns (string memory) {
        return string.concat(
            string.concat(
                _word("modelId", content.receipt.modelId),
                _number("rendererVersion", content.rendererVersion),
                _word("seed", content.seed),
                _word("traits", content.traits)
            ),
            _number("size", content.size),
            _word("pixelRoot", content.pixelRoot),
            _text("imageCid", Cid.text(content.imageCodec, content.imageDigest)),
            _text("metadata", Cid.uri(Cid.RAW, content.receipt.contentHash))
        );
    }

    /// @dev The rest of what was signed, and by whom.
    function _receipt(Content memory content) private pure returns (string memory) {
        return string.concat(
            string.concat('{"issuedAt":', uint256(content.receipt.issuedAt).toString()),
            string.concat(
                _word("inputHash", content.receipt.inputHash),
                _word("outputHash", content.receipt.outputHash),
                _word("contentHash", content.receipt.contentHash)
            ),
            _text("attestationKey", content.attestationKey.toHexStringChecksummed()),
            _text("signature", LibString.toHexString(content.signature)),
            "}"
        );
    }

    /* JSON */

    /// @dev A further member of an object.
    function _member(string memory key, string memory json) private pure returns (string memory) {
        return string.concat(',"', key, '":', json);
    }

    /// @dev A further member whose value is a text that needs no escapes.
    function _text(string memory key, string memory value) private pure returns (string memory) {
        return string.concat(',"', key, '":"', value, '"');
    }

    /// @dev A further member whose value is a 32-byte word in hexadecimal.
    function _word(string memory key, bytes32 value) private pure returns (string memory) {
        return _text(key, uint256(value).toHexString(32));
    }

    /// @dev A further member whose value is a number.
    function _number(string memory key, uint256 value) private pure returns (string memory) {
        return _member(key, value.toString());
    }
}
