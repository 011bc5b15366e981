// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC7496} from "./interfaces/IERC7496.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IRenderer} from "./interfaces/IRenderer.sol";
import {ISeedArt} from "./interfaces/ISeedArt.sol";
import {Base64} from "./lib/Base64.sol";
import {Cid} from "./lib/Cid.sol";
import {Json} from "./lib/Json.sol";
import {Patina} from "./lib/Patina.sol";
import {Png} from "./lib/Png.sol";
import {TraitKeys} from "./lib/TraitKeys.sol";
import {TraitNames} from "./lib/TraitNames.sol";
import {Traits} from "./lib/Traits.sol";
import {THUMBNAIL_SIZE} from "./types/Picture.sol";

import {LibString} from "solady/utils/LibString.sol";

/// @title TokenMetadata
/// @notice A token's ERC-721 metadata: complete at every stage, with all that it takes to draw the picture again from
/// the seed on, and once the picture is attested also with the receipt, so that anyone can check it without a chain.
/// @dev A contract without state of its own: it is apart from SeedArt because both together are too long for one
/// contract's code (EIP-170). SeedArt creates it.
///
/// Marketplaces read one picture, `image`, so it is the one that needs no server: drawn in the contract. The pinned
/// full picture stands where ERC-7007's metadata schema has the content, in `aigc_data`; no other key for a second,
/// larger still is in common use (OpenSea's `animation_url` takes no PNG). `animation_url` is the token's own page, which
/// draws the picture at any size with nothing but what the chain keeps: the renderer and the network are inside it.
contract TokenMetadata {
    using LibString for uint256;
    using LibString for string;

    /// @notice All that the metadata says. Up to `drawBlock` known at every stage, up to `status` from the seed on, the
    /// rest once fulfilled.
    /// @param thumbnail pixels of the picture drawn in the contract, 3,072 bytes; empty if there is none
    /// @param renderer what writes the token's own page; zero if it gets none
    /// @param title the token's name, unescaped
    /// @param tokenId the token
    /// @param stage where it is in its life
    /// @param drawBlock the block whose hash becomes the seed
    /// @param collection the token's contract
    /// @param hub the hub whose domain the receipt is signed for
    /// @param modelId the model version that draws
    /// @param assurance the level asked for
    /// @param stages which versions of concept, style and composition make the picture
    /// @param size the pinned picture's width and height, in pixels
    /// @param seed the token's randomness
    /// @param traits packed traits
    /// @param requestId the hub's request for the picture
    /// @param status where that is in its life
    /// @param pixelRoot Merkle root over the picture's tiles
    /// @param imageCodec codec of the picture's CID
    /// @param imageDigest digest of the picture's CID
    /// @param attestationKey the model's key
    /// @param receipt the accepted receipt
    /// @param signature the receipt's signature; empty at levels whose evidence is no key's
    /// @param level the answer's level, unless it was refuted
    struct Content {
        bytes thumbnail;
        address renderer;
        string title;
        uint256 tokenId;
        ISeedArt.Stage stage;
        uint64 drawBlock;
        address collection;
        address hub;
        bytes32 modelId;
        IInferenceHub.Assurance assurance;
        uint32 stages;
        uint16 size;
        bytes32 seed;
        bytes32 traits;
        bytes32 requestId;
        IInferenceHub.Status status;
        bytes32 pixelRoot;
        bytes1 imageCodec;
        bytes32 imageDigest;
        address attestationKey;
        IInferenceHub.Receipt receipt;
        bytes signature;
        IInferenceHub.Assurance level;
    }

    /* THE DOCUMENT */

    /// @notice The metadata as a data URI.
    function uri(Content calldata content) external view returns (string memory) {
        return Base64.encode("data:application/json;base64,", bytes(json(content)));
    }

    /// @notice The metadata.
    function json(Content memory content) public view returns (string memory) {
        string memory head = string.concat(
            '{"name":"',
            content.title.escapeJSON(),
            '"',
            Json.text("description", _description(content)),
            Json.text("image", _image(content))
        );
        if (content.stage == ISeedArt.Stage.Minted) return string.concat(head, ',"attributes":[]}');
        if (_stands(content)) {
            head = string.concat(
                head,
                Json.text("aigc_type", "image"),
                Json.text("aigc_data", Cid.uri(content.imageCodec, content.imageDigest))
            );
        }
        string memory page = _animation(content);
        return string.concat(
            head,
            Json.member("attributes", _attributes(content.traits)),
            Json.member("verdigris", _provenance(content)),
            page,
            bytes(page).length == 0 ? "}" : '"}'
        );
    }

    /// @notice A PNG file of `THUMBNAIL_SIZE` × `THUMBNAIL_SIZE` pixels.
    /// @param rgb rows from the top, three bytes a pixel
    function png(bytes memory rgb) public pure returns (bytes memory) {
        return Png.encode(rgb, THUMBNAIL_SIZE, THUMBNAIL_SIZE);
    }

    function _description(Content memory content) private pure returns (string memory) {
        if (content.stage == ISeedArt.Stage.Minted) {
            return string.concat(
                "Bare copper. The hash of block ",
                uint256(content.drawBlock).toString(),
                " will give this token its seed; then a small neural network draws its picture."
            );
        }
        if (content.status == IInferenceHub.Status.Refuted) {
            return "The answer that named this token's picture was refuted: evidence of a higher level contradicts it. The "
                "seed stays, and the picture can be asked for again.";
        }
        if (content.stage == ISeedArt.Stage.Fulfilled) {
            return "A picture that a small neural network drew from a seed. Anyone can draw the same pixels again from "
                "the seed, the traits and the network, and compare them with the root and the receipt given here.";
        }
        if (content.thumbnail.length != 0) {
            return "The seed is drawn, and the contract itself drew the image given here with a small neural network. The "
                "full picture is on its way.";
        }
        return "The seed is drawn and the patina forms. A small neural network is drawing this token's picture.";
    }

    function _image(Content memory content) private pure returns (string memory) {
        if (content.thumbnail.length != 0) {
            return Base64.encode("data:image/png;base64,", png(content.thumbnail));
        }
        if (_stands(content)) return Cid.uri(content.imageCodec, content.imageDigest);
        bytes memory svg =
            content.stage == ISeedArt.Stage.Minted ? Patina.copper() : Patina.patina(content.seed, content.traits);
        return Base64.encode("data:image/svg+xml;base64,", svg);
    }

    /// @dev The token's own page, as a member; nothing without a renderer, or with weights that are kept off chain. It is
    /// long and not to be copied once more, so whoever puts it into the document closes its quotation mark.
    function _animation(Content memory content) private view returns (string memory) {
        if (content.renderer == address(0)) return "";
        bytes memory model = IModelRegistry(IInferenceHub(content.hub).registry()).weightsOf(content.modelId);
        if (model.length == 0) return "";
        string memory page = IRenderer(content.renderer).html(content.stages, content.seed, content.traits, model);
        return Base64.encode(',"animation_url":"data:text/html;base64,', bytes(page));
    }

    /// @dev Whether there is an answer, and no higher level contradicts it.
    function _stands(Content memory content) private pure returns (bool) {
        return content.stage == ISeedArt.Stage.Fulfilled && content.status == IInferenceHub.Status.Answered;
    }

    function _attributes(bytes32 traits) private pure returns (string memory) {
        string memory attributes = "[";
        for (uint256 which = 0; which < TraitNames.EPOCH; ++which) {
            string memory name = TraitNames.nameOf(which, TraitNames.valueOf(traits, which));
            attributes =
                string.concat(attributes, '{"trait_type":"', TraitNames.label(which), '","value":"', name, '"},');
        }
        string memory epoch = uint256(Traits.epochOf(traits)).toString();
        return string.concat(attributes, '{"display_type":"number","trait_type":"Epoch","value":', epoch, "}]");
    }

    /* DYNAMIC TRAITS */

    /// @notice The value of a trait by its ERC-7496 key.
    /// @param traits packed traits
    function traitValue(bytes32 traits, bytes32 key) external pure returns (bytes32) {
        uint256 which = TraitKeys.indexOf(key);
        if (which == TraitNames.COUNT) revert IERC7496.TraitKeyUnknown(key);
        return bytes32(TraitNames.valueOf(traits, which));
    }

    /// @notice What ERC-7496 calls the trait metadata, as a data URI.
    function traitMetadataURI() external pure returns (string memory) {
        return TraitKeys.metadataURI();
    }

    /* PROVENANCE */

    /// @dev All that a renderer and a verifier need: the input and output follow from these fields, the receipt binds
    /// them.
    function _provenance(Content memory content) private view returns (string memory) {
        string memory origin = string.concat(_origin(content), _question(content));
        if (content.stage != ISeedArt.Stage.Fulfilled) return string.concat(origin, "}");
        return string.concat(
            origin, _answer(content), _stands(content) ? Json.text("level", _levelName(content.level)) : "", "}"
        );
    }

    /// @dev Whose picture it is.
    function _origin(Content memory content) private view returns (string memory) {
        return string.concat(
            string.concat('{"version":1', Json.number("chainId", block.chainid)),
            Json.account("contract", content.collection),
            Json.text("tokenId", content.tokenId.toString()),
            _request(content)
        );
    }

    /// @dev Where it was asked for, and what became of that.
    function _request(Content memory content) private pure returns (string memory) {
        return string.concat(
            Json.account("hub", content.hub),
            Json.word("requestId", content.requestId),
            Json.text("status", _statusName(content.status)),
            Json.text("requestedLevel", _levelName(content.assurance))
        );
    }

    /// @dev What was asked.
    function _question(Content memory content) private pure returns (string memory) {
        return string.concat(
            Json.word("modelId", content.modelId),
            Json.number("stages", content.stages),
            Json.word("seed", content.seed),
            Json.word("traits", content.traits),
            Json.number("size", content.size)
        );
    }

    /// @dev What was answered.
    function _answer(Content memory content) private pure returns (string memory) {
        return string.concat(
            Json.word("pixelRoot", content.pixelRoot),
            Json.text("imageCid", Cid.text(content.imageCodec, content.imageDigest)),
            Json.text("metadata", Cid.uri(Cid.RAW, content.receipt.contentHash)),
            Json.member("receipt", _receipt(content))
        );
    }

    /// @dev The rest of the receipt, and who signed it, if a key did.
    function _receipt(Content memory content) private pure returns (string memory) {
        string memory receipt = string.concat(
            string.concat('{"issuedAt":', uint256(content.receipt.issuedAt).toString()),
            Json.word("inputHash", content.receipt.inputHash),
            Json.word("outputHash", content.receipt.outputHash),
            Json.word("contentHash", content.receipt.contentHash)
        );
        if (content.signature.length == 0) return string.concat(receipt, "}");
        return string.concat(
            receipt,
            Json.account("attestationKey", content.attestationKey),
            Json.text("signature", LibString.toHexString(content.signature)),
            "}"
        );
    }

    function _levelName(IInferenceHub.Assurance level) private pure returns (string memory) {
        return ["Attested", "Quorum", "Optimistic", "Proven", "Executed"][uint256(level)];
    }

    function _statusName(IInferenceHub.Status status) private pure returns (string memory) {
        return ["Unknown", "Open", "Answered", "Expired", "Proposed", "Refuted"][uint256(status)];
    }
}
