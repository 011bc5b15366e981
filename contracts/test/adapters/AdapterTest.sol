// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {HubAdapter} from "../../src/adapters/HubAdapter.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Hub} from "../Hub.sol";
import {Receipts} from "../Receipts.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The hub, a tensor model with a price, and the people around an adapter.
abstract contract AdapterTest is Test {
    IInferenceHub.Assurance internal constant ATTESTED = IInferenceHub.Assurance.Attested;
    IInferenceHub.Assurance internal constant EXECUTED = IInferenceHub.Assurance.Executed;
    uint96 internal constant FEE = 0.01 ether;
    uint64 internal constant LIFETIME = 1 days;
    uint256 internal constant START_TIME = 1_790_000_000;
    bytes internal constant INPUT = hex"010203";

    address internal immutable PUBLISHER = makeAddr("publisher");
    address internal immutable ALICE = makeAddr("alice");
    address internal immutable BOB = makeAddr("bob");
    address internal immutable OPERATOR = makeAddr("operator");
    address internal immutable STRANGER = makeAddr("stranger");
    address internal immutable EXECUTOR = makeAddr("executor");
    address internal immutable ATTESTER;
    uint256 internal immutable ATTESTER_KEY;

    ModelRegistry internal registry;
    Hub internal hub;
    bytes32 internal modelId;

    constructor() {
        (ATTESTER, ATTESTER_KEY) = makeAddrAndKey("attester");
    }

    function setUp() public virtual {
        vm.warp(START_TIME);
        registry = new ModelRegistry();
        vm.mockCall(EXECUTOR, abi.encodeCall(IExecutor.registry, ()), abi.encode(registry));
        hub = Hub(deployCode("InferenceHub.sol:InferenceHub", abi.encode(registry, EXECUTOR)));
        modelId = _register("model");
        vm.deal(ALICE, 100 ether);
        vm.deal(BOB, 100 ether);
    }

    /* MODELS */

    /// @dev A model of its own for every name, with the same price.
    function _register(string memory name) internal returns (bytes32 id) {
        IModelRegistry.Model memory model = IModelRegistry.Model({
            task: IModelRegistry.Task.Tensor,
            canonicalHash: keccak256(bytes(name)),
            onnxHash: keccak256("onnx"),
            attestationKey: ATTESTER,
            manifestURI: ""
        });
        vm.startPrank(PUBLISHER);
        id = registry.register(model, new address[](0));
        hub.setFee(id, ATTESTED, FEE);
        hub.setFee(id, EXECUTED, FEE);
        vm.stopPrank();
    }

    /* ANSWERS */

    /// @dev Has the hub accept an answer, and says whether the adapter, and so the consumer, took it.
    function _settle(bytes32 requestId, bytes memory output) internal returns (bool delivered) {
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(requestId, output);
        vm.prank(OPERATOR);
        hub.fulfil(receipt, output, signature);
        (,, delivered) = hub.receiptOf(requestId);
    }

    function _signed(bytes32 requestId, bytes memory output)
        internal
        view
        returns (IInferenceHub.Receipt memory receipt, bytes memory signature)
    {
        return Receipts.sign(hub, requestId, output, ATTESTER_KEY);
    }

    /// @dev Somebody raises an answer to level Executed, and the contract finds `right` instead.
    function _raiseToExecuted(bytes32 requestId, bytes32 id, bytes memory input, bytes memory right) internal {
        vm.mockCall(EXECUTOR, abi.encodeCall(IExecutor.isCertified, (id)), abi.encode(true));
        vm.mockCall(EXECUTOR, abi.encodeCall(IExecutor.run, (id, input)), abi.encode(right));
        vm.startPrank(BOB);
        hub.raise{value: FEE}(requestId, EXECUTED, uint64(block.timestamp + 1 hours));
        hub.execute(requestId, input);
        vm.stopPrank();
    }

    /// @dev Bytes of which no two words are equal.
    function _noise(uint256 length) internal pure returns (bytes memory noise) {
        noise = new bytes(length);
        for (uint256 i = 0; i + 32 <= length; i += 32) {
            assembly ("memory-safe") {
                mstore(add(add(noise, 32), i), not(mul(i, 0x0101010101010101)))
            }
        }
    }

    /* ASSERTIONS */

    function _assertStage(HubAdapter adapter, bytes32 requestId, IHubAdapter.Stage expected, string memory message)
        internal
        view
    {
        (IHubAdapter.Stage stage,) = adapter.askOf(requestId);
        assertEq(uint256(stage), uint256(expected), message);
    }

    function _expectNotAsked(bytes32 requestId, IHubAdapter.Stage stage) internal {
        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.NotAsked.selector, requestId, stage));
    }
}
