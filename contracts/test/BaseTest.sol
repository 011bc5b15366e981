// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../src/ModelRegistry.sol";
import {SeedArt} from "../src/SeedArt.sol";
import {IInferenceHub} from "../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {ISeedArt} from "../src/interfaces/ISeedArt.sol";
import {PictureInput, PictureOutput} from "../src/types/Picture.sol";
import {Hub} from "./Hub.sol";
import {Receipts} from "./Receipts.sol";
import {STAGES} from "./Stages.sol";
import {MockExecutor} from "./mocks/MockExecutor.sol";
import {Test} from "forge-std/Test.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @notice A chain with a registry, a hub, a registered picture model and a collection, and the people around them.
abstract contract BaseTest is Test {
    /// @dev Runtime code of the EIP-2935 history contract, as the EIP gives it.
    bytes internal constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
    address internal constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    address internal constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;

    uint256 internal constant START_BLOCK = 20_000;
    uint256 internal constant START_TIME = 1_790_000_000;
    uint256 internal constant PRICE = 0.05 ether;
    uint256 internal constant MAX_SUPPLY = 16;
    uint16 internal constant SIZE = 512;

    address internal immutable PUBLISHER = makeAddr("publisher");
    address internal immutable ARTIST = makeAddr("artist");
    address internal immutable COLLECTOR = makeAddr("collector");
    address internal immutable OPERATOR = makeAddr("operator");
    address internal immutable STRANGER = makeAddr("stranger");
    address internal immutable ATTESTER;
    uint256 internal immutable ATTESTER_KEY;
    uint256 internal immutable STRANGER_KEY;

    bytes internal weights;
    bytes32 internal modelId;
    ModelRegistry internal registry;
    MockExecutor internal executor;
    Hub internal hub;
    SeedArt internal art;

    /// @dev A receipt with what travels beside it.
    struct Answer {
        IInferenceHub.Receipt receipt;
        bytes output;
        bytes signature;
    }

    constructor() {
        (ATTESTER, ATTESTER_KEY) = makeAddrAndKey("attester");
        (, STRANGER_KEY) = makeAddrAndKey("stranger");
    }

    function setUp() public virtual {
        vm.roll(START_BLOCK);
        vm.warp(START_TIME);
        registry = new ModelRegistry();
        executor = new MockExecutor(address(registry));
        hub = _deployHub(address(executor));
        // 30,000 bytes: more than one chunk holds.
        weights = _noise("weights", 30_000);
        modelId = _register(_pictureModel(weights), weights);
        art = _collection("Verdigris", hub, modelId);
        vm.deal(COLLECTOR, 100 ether);
    }

    function _deployHub(address executor_) internal returns (Hub) {
        return Hub(deployCode("InferenceHub.sol:InferenceHub", abi.encode(registry, executor_)));
    }

    /* MODELS */

    function _pictureModel(bytes memory canonicalForm) internal view returns (IModelRegistry.Model memory) {
        return IModelRegistry.Model({
            task: IModelRegistry.Task.Picture,
            canonicalHash: keccak256(canonicalForm),
            onnxHash: keccak256("onnx"),
            attestationKey: ATTESTER,
            manifestURI: "ipfs://manifest"
        });
    }

    function _register(IModelRegistry.Model memory model, bytes memory canonicalForm) internal returns (bytes32) {
        address[] memory chunks = _chunks(canonicalForm, 24_575);
        vm.prank(PUBLISHER);
        return registry.register(model, chunks);
    }

    function _chunks(bytes memory content, uint256 chunkLength) internal returns (address[] memory chunks) {
        chunks = new address[]((content.length + chunkLength - 1) / chunkLength);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 start = i * chunkLength;
            uint256 end = start + chunkLength < content.length ? start + chunkLength : content.length;
            bytes memory chunk = new bytes(end - start);
            for (uint256 j = start; j < end; ++j) {
                chunk[j - start] = content[j];
            }
            chunks[i] = SSTORE2.write(chunk);
        }
    }

    function _noise(string memory label, uint256 length) internal pure returns (bytes memory noise) {
        noise = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            bytes32 word = keccak256(abi.encode(label, i));
            for (uint256 j = 0; j < 32 && i + j < length; ++j) {
                noise[i + j] = word[j];
            }
        }
    }

    function _collection(string memory name, Hub hub_, bytes32 modelId_) internal returns (SeedArt) {
        ISeedArt.Edition memory edition = _edition();
        (edition.name, edition.hub, edition.modelId) = (name, address(hub_), modelId_);
        return new SeedArt(edition);
    }

    /// @dev What the collections here are deployed with.
    function _edition() internal view returns (ISeedArt.Edition memory) {
        return ISeedArt.Edition({
            name: "Verdigris",
            symbol: "VERD",
            hub: address(hub),
            modelId: modelId,
            size: SIZE,
            stages: STAGES,
            price: PRICE,
            maxSupply: MAX_SUPPLY,
            royaltyReceiver: ARTIST,
            royaltyBps: 500,
            assurance: uint8(IInferenceHub.Assurance.Attested),
            renderer: address(0)
        });
    }

    /* TOKENS */

    function _mint() internal returns (uint256 tokenId) {
        vm.prank(COLLECTOR);
        tokenId = art.mint{value: PRICE}(COLLECTOR);
    }

    /// @dev Goes to the block after the token's seed block, whose hash is made to be `entropy`, and draws.
    function _draw(uint256 tokenId, bytes32 entropy) internal {
        uint256 drawBlock = art.tokenOf(tokenId).drawBlock;
        vm.roll(drawBlock + 1);
        vm.setBlockhash(drawBlock, entropy);
        vm.prank(OPERATOR);
        art.draw(tokenId);
    }

    function _mintAndDraw() internal returns (uint256 tokenId) {
        tokenId = _mint();
        _draw(tokenId, keccak256(abi.encode("entropy", tokenId)));
    }

    function _mintDrawFulfil() internal returns (uint256 tokenId, Answer memory answer) {
        tokenId = _mintAndDraw();
        answer = _pictureAnswer(tokenId);
        _fulfil(answer);
    }

    function _fulfil(Answer memory answer) internal {
        vm.prank(OPERATOR);
        hub.fulfil(answer.receipt, answer.output, answer.signature);
    }

    /* ANSWERS */

    function _prompt(uint256 tokenId) internal view returns (bytes memory) {
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        string memory title = string.concat(art.name(), " #", vm.toString(tokenId));
        return abi.encode(PictureInput(STAGES, SIZE, blueprint.seed, blueprint.traits, title));
    }

    function _output(bytes1 codec, string memory label) internal pure returns (bytes memory) {
        bytes memory cid = abi.encodePacked(bytes1(0x01), codec, bytes2(0x1220), sha256(bytes(label)));
        return abi.encode(PictureOutput(keccak256(bytes(label)), cid));
    }

    /// @dev The honest answer to a token's present request.
    function _pictureAnswer(uint256 tokenId) internal view returns (Answer memory) {
        return _answer(art.tokenOf(tokenId).requestId, _output(0x55, vm.toString(tokenId)));
    }

    function _answer(bytes32 requestId, bytes memory output) internal view returns (Answer memory answer) {
        (answer.receipt, answer.signature) = Receipts.sign(hub, requestId, output, ATTESTER_KEY);
        answer.output = output;
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /* HISTORY */

    /// @dev Puts the history contract where EIP-2935 has it.
    function _installHistory() internal {
        vm.etch(HISTORY, HISTORY_CODE);
    }

    /// @dev What the chain does at the start of block `number` + 1: hands the history contract its parent's hash.
    function _recordHistory(uint256 number, bytes32 blockHash) internal {
        uint256 present = block.number;
        vm.roll(number + 1);
        vm.prank(SYSTEM);
        (bool ok,) = HISTORY.call(abi.encode(blockHash));
        assertTrue(ok, "the history contract takes a hash from the system");
        vm.roll(present);
    }
}
