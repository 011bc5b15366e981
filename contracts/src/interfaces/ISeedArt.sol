// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title ISeedArt
/// @notice An ERC-721 collection whose pictures a small neural network draws from a seed and traits.
interface ISeedArt {
    /// @notice Where a token is in its life: minted, seed drawn and picture asked for, picture attested.
    enum Stage {
        Minted,
        Drawn,
        Fulfilled
    }

    /// @notice All that a renderer needs to draw a token. Layouts in docs/protocol.md.
    /// @param stages which versions of concept, style and composition make the picture
    /// @param size the attested picture's width and height, in pixels
    /// @param modelId the model version in the registry
    /// @param canonicalHash keccak256 of `model`
    /// @param seed the token's randomness; zero until drawn
    /// @param traits packed traits, one byte each, the first in the least significant byte; the epoch in bits 64 to 79
    /// @param model the network's canonical form; empty if its weights are kept off chain
    struct Blueprint {
        uint32 stages;
        uint16 size;
        bytes32 modelId;
        bytes32 canonicalHash;
        bytes32 seed;
        bytes32 traits;
        bytes model;
    }

    /// @notice What is known of a token's picture.
    /// @param stage where the token is in its life
    /// @param drawBlock the block whose hash becomes the seed
    /// @param requestId the hub's request for the picture; zero until drawn
    /// @param pixelRoot Merkle root over the picture's tiles; zero until fulfilled
    /// @param imageCid binary CIDv1 of the PNG; empty until fulfilled
    /// @param metadataCid binary CIDv1 of the pinned metadata; empty until fulfilled
    struct Token {
        Stage stage;
        uint64 drawBlock;
        bytes32 requestId;
        bytes32 pixelRoot;
        bytes imageCid;
        bytes metadataCid;
    }

    /// @notice What a collection is deployed with.
    /// @param name the collection's name
    /// @param symbol its symbol
    /// @param hub the InferenceHub that it asks
    /// @param modelId the Picture model that draws it, in the hub's registry
    /// @param size the pictures' width and height, 1 to 4096 pixels
    /// @param stages concept · 65536 + style · 256 + composition, a version each, that the hub's executor knows
    /// @param price what a mint costs, in wei
    /// @param maxSupply the most tokens that there will be
    /// @param royaltyReceiver who gets sales and royalties
    /// @param royaltyBps royalty on a resale, in hundredths of a percent
    /// @param assurance the level that it asks for, as `IInferenceHub.Assurance`
    /// @param renderer the IRenderer that writes the tokens' own pages (`animation_url`); zero for none
    struct Edition {
        string name;
        string symbol;
        address hub;
        bytes32 modelId;
        uint16 size;
        uint32 stages;
        uint256 price;
        uint256 maxSupply;
        address royaltyReceiver;
        uint16 royaltyBps;
        uint8 assurance;
        address renderer;
    }

    /// @notice A token was minted, or its seed block was set anew; `draw` works once `drawBlock` is mined.
    event SeedRequested(uint256 indexed tokenId, uint64 drawBlock);
    /// @notice A token's seed was drawn from its block's hash, and its picture asked for.
    event SeedDrawn(uint256 indexed tokenId, bytes32 seed, bytes32 traits, bytes32 requestId);
    /// @notice A token was turned on to its next epoch, whose picture is asked for.
    event Evolved(uint256 indexed tokenId, uint16 epoch, bytes32 requestId);
    /// @notice A token's picture is attested.
    event PictureFulfilled(uint256 indexed tokenId, bytes32 indexed requestId, bytes32 pixelRoot, bytes imageCid);
    /// @notice Companion of ERC-7007's `AigcData`, whose indexed bytes are only hashes.
    event AigcDataContents(uint256 indexed tokenId, bytes prompt, bytes aigcData);

    /// @notice `drawBlock` is not mined yet.
    error TooEarly(uint256 tokenId, uint64 drawBlock);
    /// @notice The hash of `drawBlock` is out of reach: call `redraw`.
    error BlockHashGone(uint256 tokenId, uint64 drawBlock);
    /// @notice The seed can still be drawn from `drawBlock`, so a new block isn't due.
    error StillDrawable(uint256 tokenId, uint64 drawBlock);
    /// @notice The seed has been drawn.
    error AlreadyDrawn(uint256 tokenId);
    /// @notice The token is not at the stage that this needs.
    error WrongStage(uint256 tokenId, Stage stage);
    /// @notice Only the hub may call this.
    error NotHub(address sender);
    /// @notice The hub answered a request that is no token's present one.
    error UnknownRequest(bytes32 requestId);
    /// @notice The answer is not a well-formed `PictureOutput`.
    error BadOutput(bytes32 requestId);
    /// @notice The payment is not exactly the price.
    error WrongPrice(uint256 sent, uint256 price);
    /// @notice All tokens are minted.
    error SoldOut(uint256 maxSupply);
    /// @notice The picture's request is still open, or an answer waits for challenges.
    error RequestStillOpen(uint256 tokenId, bytes32 requestId);
    /// @notice The answer that stands for the token's picture was refuted: `renew` it first.
    error AnswerRefuted(uint256 tokenId, bytes32 requestId);
    /// @notice The token has evolved as often as it can.
    error LastEpoch(uint256 tokenId);
    /// @notice The token has not come to this epoch.
    error EpochNotReached(uint256 tokenId, uint16 epoch);
    /// @notice The call's gas does not suffice to draw the token's picture; `metadataOf` takes less.
    error TooLittleGas();

    /// @notice Mints the next token to `to` for exactly `price()`. Its seed comes from a block that nobody knows yet.
    function mint(address to) external payable returns (uint256 tokenId);

    /// @notice Draws a token's seed and asks the hub for its picture. Anyone may call; what is sent is the hub's fee,
    /// at least `hub.quote(…).fee`.
    function draw(uint256 tokenId) external payable;

    /// @notice Sets a new seed block for a token whose block's hash is out of reach (nobody drew for 8,191 blocks).
    function redraw(uint256 tokenId) external;

    /// @notice Asks for the picture again after its request expired or its answer was refuted; what is sent is the
    /// hub's fee.
    function renew(uint256 tokenId) external payable;

    /// @notice Turns a token on to its next epoch and asks the hub for the picture of that; what is sent is the hub's
    /// fee. By its owner or an account that is approved, and only while its picture is attested and stands.
    function evolve(uint256 tokenId) external payable;

    /// @notice How often a token has evolved.
    function epochOf(uint256 tokenId) external view returns (uint16);

    /// @notice A token's packed traits at an epoch that it has come to.
    function traitsAt(uint256 tokenId, uint16 epoch) external view returns (bytes32);

    /// @notice The hub's request for the picture of an epoch that a token has come to; the last one, if it was renewed.
    function requestOfEpoch(uint256 tokenId, uint16 epoch) external view returns (bytes32);

    /// @notice `rows` of the picture of an epoch that a token has come to.
    function rowsAt(uint256 tokenId, uint16 epoch, uint16 y0, uint16 y1, uint16 size)
        external
        view
        returns (bytes memory rgb);

    /// @notice One pixel of a token's picture, drawn in the contract. Needs its seed, but no answer.
    function pixel(uint256 tokenId, uint16 x, uint16 y, uint16 size) external view returns (bytes3 rgb);

    /// @notice Rows `y0` to `y1` - 1 of a token's picture at any size, drawn in the contract: three bytes (RGB) a
    /// pixel.
    function rows(uint256 tokenId, uint16 y0, uint16 y1, uint16 size) external view returns (bytes memory rgb);

    /// @notice The token's picture as a PNG of `THUMBNAIL` × `THUMBNAIL` pixels, drawn in the contract.
    function thumbnail(uint256 tokenId) external view returns (bytes memory png);

    /// @notice The JSON behind `tokenURI` without what only nodes that give a call much gas can make, the picture that is
    /// drawn in the contract and the token's own page: `image` is the pinned picture, or a drawing in lines till there
    /// is one.
    function metadataOf(uint256 tokenId) external view returns (string memory json);

    /// @notice All that a renderer needs, in one call. Reverts for a token that does not exist.
    function blueprint(uint256 tokenId) external view returns (Blueprint memory);

    /// @notice Of a blueprint, what differs from token to token: `seed` is zero until it is drawn. For who shows many, and
    /// reads the model once. Reverts for a token that does not exist.
    function seedOf(uint256 tokenId) external view returns (bytes32 seed, bytes32 traits);

    /// @notice What is known of a token's picture. Reverts for a token that does not exist.
    function tokenOf(uint256 tokenId) external view returns (Token memory);

    /// @notice The token whose picture a request asked for; reverts with `UnknownRequest` if there is none.
    function tokenOfRequest(bytes32 requestId) external view returns (uint256 tokenId);

    /// @notice How many tokens exist; their ids are 1 to this number.
    function totalSupply() external view returns (uint256);

    /// @notice The price of a mint, in wei.
    function price() external view returns (uint256);

    /// @notice The hub that this collection asks.
    function hub() external view returns (address);

    /// @notice The model version that draws this collection.
    function modelId() external view returns (bytes32);

    /// @notice The stages that make its pictures: concept · 65536 + style · 256 + composition, a version each.
    function stages() external view returns (uint32);

    /// @notice The assurance level that this collection asks for, as `IInferenceHub.Assurance`.
    function assurance() external view returns (uint8);

    /// @notice What writes the tokens' own pages (an `IRenderer`); zero if they have none.
    function renderer() external view returns (address);
}
