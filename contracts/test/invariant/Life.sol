// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {PictureInput, PictureOutput} from "../../src/types/Picture.sol";
import {Hub} from "../Hub.sol";
import {Receipts} from "../Receipts.sol";
import {STAGES} from "../Stages.sol";
import {MoodyConsumer} from "../mocks/Consumers.sol";
import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

/// @notice Everything that may happen to a collection, in any order: mints, draws, blocks passing, honest, malformed,
/// contradicting and forged answers, expiries, renewals, withdrawals. It notes what must never change once seen.
contract Life is CommonBase, StdUtils {
    SeedArt internal immutable ART;
    Hub internal immutable HUB;
    MoodyConsumer internal immutable MOODY;
    uint256 internal immutable ATTESTER_KEY;

    bytes32[] internal _requests;
    mapping(bytes32 requestId => bytes32) internal _firstAnswer;
    mapping(bytes32 requestId => bytes) internal _output;
    mapping(uint256 tokenId => ISeedArt.Stage) internal _stage;
    mapping(uint256 tokenId => uint16) internal _epoch;
    mapping(uint256 tokenId => bytes32) internal _seed;
    mapping(uint256 tokenId => bytes32) internal _picture;

    /// @notice What was paid for mints, and what was paid out.
    uint256 public sales;
    uint256 public withdrawn;
    /// @notice How often something happened that must never happen.
    uint256 public answersChanged;
    uint256 public stagesLost;
    uint256 public epochsLost;
    uint256 public seedsChanged;
    uint256 public picturesChanged;

    constructor(SeedArt art, Hub hub, uint256 attesterKey) {
        ART = art;
        HUB = hub;
        MOODY = new MoodyConsumer(hub);
        ATTESTER_KEY = attesterKey;
    }

    /// @dev Looks at everything after each step.
    modifier watched() {
        _;
        for (uint256 i = 0; i < _requests.length; ++i) {
            _watchRequest(_requests[i]);
        }
        for (uint256 tokenId = 1; tokenId <= ART.totalSupply(); ++tokenId) {
            _watchToken(tokenId);
        }
    }

    /* STEPS */

    function mint(uint160 to) external watched {
        to = uint160(_bound(to, 1 << 32, (1 << 32) + 5));
        uint256 price = ART.price();
        vm.deal(address(this), price);
        ART.mint{value: price}(address(to));
        sales += price;
    }

    function passBlocks(uint256 blocks) external watched {
        // Mostly a few; now and then so many that hashes are lost.
        vm.roll(vm.getBlockNumber() + (blocks % 8 == 0 ? 300 : 2 + blocks % 8));
    }

    function passTime(uint256 time) external watched {
        vm.warp(vm.getBlockTimestamp() + (time % 4 == 0 ? 8 days : time % 1 hours));
    }

    function draw(uint256 pick) external watched {
        uint256 tokenId = _pickToken(pick);
        ART.draw(tokenId);
        _requests.push(ART.tokenOf(tokenId).requestId);
    }

    function redraw(uint256 pick) external watched {
        ART.redraw(_pickToken(pick));
    }

    function renew(uint256 pick) external watched {
        uint256 tokenId = _pickToken(pick);
        ART.renew(tokenId);
        _requests.push(ART.tokenOf(tokenId).requestId);
    }

    function evolve(uint256 pick) external watched {
        uint256 tokenId = _pickToken(pick);
        vm.prank(ART.ownerOf(tokenId));
        ART.evolve(tokenId);
        _requests.push(ART.tokenOf(tokenId).requestId);
    }

    function answer(uint256 pick, uint256 variant, uint256 key) external watched {
        bytes32 requestId = _pickRequest(pick);
        bytes memory output = _outputOf(variant % 5);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) =
            _sign(requestId, output, key % 8 == 0 ? 1 : ATTESTER_KEY);
        HUB.fulfil(receipt, output, signature);
        if (_output[requestId].length == 0) _output[requestId] = output;
    }

    function addContent(uint256 pick, uint256 variant, bytes calldata noise) external watched {
        uint256 tokenId = _pickToken(pick);
        bytes memory output = _outputOf(variant % 5);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) =
            _sign(ART.tokenOf(tokenId).requestId, output, ATTESTER_KEY);
        bytes memory prompt = variant % 3 == 0 ? noise : _promptOf(tokenId);
        ART.addAigcData(tokenId, prompt, output, abi.encode(receipt, signature));
    }

    function deliver(uint256 pick) external watched {
        bytes32 requestId = _pickRequest(pick);
        HUB.deliver(requestId, _output[requestId]);
    }

    /// @dev Another consumer's request, so that some answers are kept and delivered later.
    function ask() external watched {
        _requests.push(MOODY.ask(ART.modelId(), "a question", 200_000, uint64(vm.getBlockTimestamp() + 1 days)));
    }

    function mend() external watched {
        MOODY.mend();
    }

    function expire(uint256 pick) external watched {
        HUB.expire(_pickRequest(pick));
    }

    function withdraw() external watched {
        uint256 balance = address(ART).balance;
        ART.withdraw();
        withdrawn += balance;
    }

    /* WATCHING */

    function _watchRequest(bytes32 requestId) internal {
        (, IInferenceHub.Status status) = HUB.requestOf(requestId);
        if (status != IInferenceHub.Status.Answered) {
            if (_firstAnswer[requestId] != 0) ++answersChanged;
            return;
        }
        (IInferenceHub.Receipt memory receipt, bytes memory signature,) = HUB.receiptOf(requestId);
        bytes32 present = keccak256(abi.encode(receipt, signature));
        if (_firstAnswer[requestId] == 0) _firstAnswer[requestId] = present;
        else if (_firstAnswer[requestId] != present) ++answersChanged;
    }

    function _watchToken(uint256 tokenId) internal {
        ISeedArt.Token memory token = ART.tokenOf(tokenId);
        bytes32 seed = ART.blueprint(tokenId).seed;
        bytes32 picture = keccak256(abi.encode(token.pixelRoot, token.imageCid, token.metadataCid));
        uint16 epoch = ART.epochOf(tokenId);
        if (epoch < _epoch[tokenId]) ++epochsLost;
        bool turned = epoch > _epoch[tokenId];
        if (!turned && token.stage < _stage[tokenId]) ++stagesLost;
        if (_seed[tokenId] != 0 && _seed[tokenId] != seed) ++seedsChanged;
        if (!turned && _stage[tokenId] == ISeedArt.Stage.Fulfilled && _picture[tokenId] != picture) ++picturesChanged;
        (_stage[tokenId], _seed[tokenId], _picture[tokenId]) = (token.stage, seed, picture);
        _epoch[tokenId] = epoch;
    }

    /* PICKING */

    function _pickToken(uint256 pick) internal view returns (uint256) {
        return _bound(pick, 1, ART.totalSupply());
    }

    function _pickRequest(uint256 pick) internal view returns (bytes32) {
        return _requests[_bound(pick, 0, _requests.length - 1)];
    }

    function _promptOf(uint256 tokenId) internal view returns (bytes memory) {
        ISeedArt.Blueprint memory blueprint = ART.blueprint(tokenId);
        string memory title = string.concat(ART.name(), " #", vm.toString(tokenId));
        return abi.encode(PictureInput(STAGES, blueprint.size, blueprint.seed, blueprint.traits, title));
    }

    /// @dev One output is no picture at all.
    function _outputOf(uint256 variant) internal pure returns (bytes memory) {
        if (variant == 4) return "not a picture";
        bytes memory cid = abi.encodePacked(hex"01551220", keccak256(abi.encode(variant)));
        return abi.encode(PictureOutput(keccak256(abi.encode("root", variant)), cid));
    }

    function _sign(bytes32 requestId, bytes memory output, uint256 key)
        internal
        view
        returns (IInferenceHub.Receipt memory receipt, bytes memory signature)
    {
        return Receipts.sign(HUB, requestId, output, key);
    }
}
