// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../src/interfaces/IExecutor.sol";
import {IInferenceConsumer} from "../src/interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {PictureInput, PictureOutput} from "../src/types/Picture.sol";
import {Hub} from "./Hub.sol";
import {Executors, STAGES} from "./Stages.sol";
import {HubTest} from "./hub/HubTest.sol";
import {PictureTree} from "./mocks/PictureTree.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @notice Keeps one word of an answer, as a consumer would that needs a score or a root.
contract LeanConsumer is IInferenceConsumer {
    Hub private immutable _hub;
    bytes32 private _word;

    constructor(Hub hub_) {
        _hub = hub_;
    }

    function askAt(
        bytes32 modelId,
        bytes calldata input,
        IInferenceHub.Assurance level,
        uint32 callbackGas,
        uint64 deadline
    ) external payable returns (bytes32) {
        return _hub.request{value: msg.value}(modelId, input, level, callbackGas, deadline);
    }

    function onInference(bytes32, bytes calldata output, bytes32, IInferenceHub.Assurance) external {
        _word = keccak256(output);
    }
}

/// @notice What each assurance level costs as whole transactions, with the executor and the genesis model as they are
/// deployed; kept in snapshots/Levels.json.
/// forge-config: default.isolate = true
contract GasLevelsTest is HubTest {
    /// @dev The most that a whole fraud proof may cost.
    uint256 private constant MAX_CHALLENGE = 250_000;
    uint32 private constant TILE = 1_234;

    LeanConsumer private _lean;
    bytes private _question = abi.encode(PictureInput(STAGES, SIZE, keccak256("seed"), 0, "Verdigris #1"));

    function setUp() public override {
        super.setUp();
        bytes memory form = vm.parseJsonBytes(vm.readFile("../wasm-model/vectors/network-01.json"), ".network");
        modelId = _register(_pictureModel(form), form);
        IModelRegistry.Model memory tensor = _pictureModel(form);
        tensor.task = IModelRegistry.Task.Tensor;
        tensorId = _register(tensor, form);
        address real = address(Executors.deploy(address(registry)));
        IExecutor(real).certify(modelId);
        IExecutor(real).certify(tensorId);
        hub = _deployHub(real);
        _lean = new LeanConsumer(hub);
        _setTerms(modelId);
        _setTerms(tensorId);
        vm.prank(OPERATOR);
        hub.stake{value: 10 ether}();
        // On every chain that is in use somebody has burnt something there before.
        vm.deal(hub.BURN(), 1);
    }

    /* LEVELS */

    function test_attested() public {
        bytes32 requestId = _askFor(IInferenceHub.Assurance.Attested);
        _snapshot("request, by a consumer that passes it on");
        _fulfil(_answer(requestId, _picture(0)));
        _snapshot("Attested: fulfil");
    }

    function test_quorum() public {
        bytes32 requestId = _askFor(IInferenceHub.Assurance.Quorum);
        bytes memory output = _picture(0);
        _commit(requestId, 0, output);
        _snapshot("Quorum: commit, the first of five");
        for (uint256 i = 1; i < operators.length; ++i) {
            _commit(requestId, i, output);
        }
        _snapshot("Quorum: commit, the last of five");
        _reveal(requestId, 0, output);
        _snapshot("Quorum: reveal, the first");
        _reveal(requestId, 1, output);
        _reveal(requestId, 2, output);
        _snapshot("Quorum: reveal, the third of three that settle");
    }

    function test_optimistic() public {
        bytes32 requestId = _askFor(IInferenceHub.Assurance.Optimistic);
        Answer memory answer = _propose(requestId, _picture(0));
        _snapshot("Optimistic: propose");
        _passWindow();
        hub.finalise(requestId, answer.output);
        _snapshot("Optimistic: finalise");
    }

    function test_executed() public {
        bytes memory input = new bytes(38);
        bytes32 requestId = _lean.askAt(tensorId, input, IInferenceHub.Assurance.Executed, CALLBACK_GAS, _deadline());
        hub.execute(requestId, input);
        _snapshot("Executed: execute, genesis as a tensor");
    }

    function test_raise() public {
        bytes32 requestId = _askFor(IInferenceHub.Assurance.Attested);
        Answer memory answer = _answer(requestId, _picture(0));
        _fulfil(answer);
        _raise(requestId, IInferenceHub.Assurance.Optimistic);
        _snapshot("raise");
        _propose(answer);
        _snapshot("raise: propose");
        _passWindow();
        hub.finalise(requestId, answer.output);
        _snapshot("raise: finalise");
    }

    function test_expire() public {
        bytes32 requestId = _askFor(IInferenceHub.Assurance.Attested);
        vm.warp(_deadline() + 1);
        hub.expire(requestId);
        _snapshot("expire");
    }

    /* CHALLENGE */

    /// The tile's twelve siblings are made up: 4,096 tiles have twelve levels, whatever is in them.
    function test_challengeOfAPictureOf512() public {
        IInferenceHub.Opening memory opening;
        opening.index = TILE;
        // What a tile of a picture holds: no byte that comes cheaper.
        for (uint256 i = 0; i < 6; ++i) {
            opening.tile[i] = keccak256(abi.encode("tile", i));
        }
        bytes32 root = PictureTree.leaf(SIZE, TILE, opening.tile);
        opening.proof = new bytes32[](12);
        for (uint256 i = 0; i < 12; ++i) {
            opening.proof[i] = keccak256(abi.encode("sibling", i));
            root = Hashes.commutativeKeccak256(root, opening.proof[i]);
        }
        bytes32 requestId = _askFor(IInferenceHub.Assurance.Optimistic);
        bytes memory output = _picture(root);
        _propose(requestId, output);
        vm.prank(WATCHER);
        hub.challengePixel(requestId, _question, output, opening, 3, 4);
        uint256 used = vm.snapshotGasLastCall("Levels", "Optimistic: challenge of a pixel at 512x512");
        assertLe(used, MAX_CHALLENGE, "a whole fraud proof");
        assertEq(hub.claimableBy(WATCHER), BOND / 2, "the challenger's half");
    }

    /// What a watcher asks for first if a picture is hidden.
    function test_leavesOfAPictureOf512() public {
        bytes32[] memory leaves = new bytes32[](4_096);
        // Ascending, and no byte that comes cheaper.
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = bytes32((i + 0x1001) << 240 | uint256(keccak256(abi.encode(i))) >> 16);
        }
        bytes32 requestId = _askFor(IInferenceHub.Assurance.Optimistic);
        bytes memory output = _picture(PictureTree.grow(leaves)[0]);
        _propose(requestId, output);
        uint32 index = hub.LEAVES();
        hub.demandTile{value: hub.demandDepositOf(requestId, index)}(requestId, index);
        _snapshot("Optimistic: demand");
        IInferenceHub.Half memory half = PictureTree.half(leaves, false);
        bytes memory sent = abi.encodeCall(hub.showLeaves, (requestId, _question, output, half));
        assertLt(sent.length, 100_000, "nodes pass on transactions of up to 128 KiB");
        hub.showLeaves(requestId, _question, output, half);
        _snapshot("Optimistic: show half of the 4,096 leaves of 512x512");
        hub.showLeaves(requestId, _question, output, PictureTree.half(leaves, true));
    }

    function _askFor(IInferenceHub.Assurance level) private returns (bytes32) {
        return _lean.askAt{value: FEE}(modelId, _question, level, CALLBACK_GAS, _deadline());
    }

    function _picture(bytes32 root) private pure returns (bytes memory) {
        return abi.encode(PictureOutput(root, abi.encodePacked(hex"01551220", sha256("png"))));
    }

    function _snapshot(string memory step) private {
        vm.snapshotGasLastCall("Levels", step);
    }
}
