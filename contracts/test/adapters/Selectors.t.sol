// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC7007} from "../../src/interfaces/IERC7007.sol";
import {IAIOracle} from "../../src/interfaces/external/IAIOracle.sol";
import {IAIOracleCallbackReceiver} from "../../src/interfaces/external/IAIOracleCallbackReceiver.sol";
import {IFunctionsClient} from "../../src/interfaces/external/IFunctionsClient.sol";
import {IFunctionsRouter} from "../../src/interfaces/external/IFunctionsRouter.sol";
import {IOpmlLib} from "../../src/interfaces/external/IOpmlLib.sol";
import {IReceiver} from "../../src/interfaces/external/IReceiver.sol";
import {IVerifier} from "../../src/interfaces/external/IVerifier.sol";
import {
    IFunctionsClient as ChainlinksClient,
    IFunctionsRouter as ChainlinksRouter,
    IFunctionsSubscriptions as ChainlinksSubscriptions
} from "./Chainlink.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The interfaces here are those of the contracts that are deployed: selector by selector, topic by topic.
contract SelectorsTest is Test {
    function test_OrasAreAsDeployed() public pure {
        assertEq(IAIOracle.requestCallback.selector, bytes4(0x5b953806), "requestCallback");
        assertEq(IAIOracleCallbackReceiver.aiOracleCallback.selector, bytes4(0xb0347814), "aiOracleCallback");
        assertEq(type(IAIOracleCallbackReceiver).interfaceId, bytes4(0xb0347814), "the receiver has no more");
        assertEq(IAIOracle.estimateFee.selector, bytes4(keccak256("estimateFee(uint256,uint256)")), "estimateFee");
        assertEq(IAIOracle.isFinalized.selector, bytes4(keccak256("isFinalized(uint256)")), "isFinalized");
        assertEq(
            IAIOracle.AICallbackRequest.selector,
            keccak256("AICallbackRequest(address,uint256,uint256,bytes,address,uint64,bytes)"),
            "AICallbackRequest"
        );
        assertEq(
            IAIOracle.AICallbackResult.selector,
            keccak256("AICallbackResult(address,uint256,address,bytes)"),
            "AICallbackResult"
        );
    }

    function test_FunctionsAreChainlinksOwn() public pure {
        assertEq(IFunctionsClient.handleOracleFulfillment.selector, bytes4(0x0ca76175), "as deployed");
        assertEq(type(IFunctionsClient).interfaceId, type(ChainlinksClient).interfaceId, "the client's");
        assertEq(IFunctionsRouter.sendRequest.selector, ChainlinksRouter.sendRequest.selector, "sendRequest");
        assertEq(
            IFunctionsRouter.createSubscription.selector,
            ChainlinksSubscriptions.createSubscription.selector,
            "createSubscription"
        );
        assertEq(IFunctionsRouter.addConsumer.selector, ChainlinksSubscriptions.addConsumer.selector, "addConsumer");
        assertEq(
            IFunctionsRouter.removeConsumer.selector, ChainlinksSubscriptions.removeConsumer.selector, "removeConsumer"
        );
    }

    function test_CresAreAsDeployed() public pure {
        assertEq(IReceiver.onReport.selector, bytes4(0x805f2132), "as deployed");
        assertEq(type(IReceiver).interfaceId, bytes4(0x805f2132), "the id that ERC-165 is asked for");
    }

    function test_Erc7007sAreTheStandards() public pure {
        assertEq(type(IERC7007).interfaceId, bytes4(0x702c55a6), "the standard's id");
        assertEq(IVerifier.verifyProof.selector, bytes4(0xb8e72af6), "verifyProof");
        assertEq(IOpmlLib.initOpmlRequest.selector, bytes4(keccak256("initOpmlRequest(bytes)")), "initOpmlRequest");
        assertEq(IOpmlLib.uploadResult.selector, bytes4(keccak256("uploadResult(uint256,bytes)")), "uploadResult");
        assertEq(IOpmlLib.getOutput.selector, bytes4(keccak256("getOutput(uint256)")), "getOutput");
        assertEq(IOpmlLib.isFinalized.selector, bytes4(keccak256("isFinalized(uint256)")), "isFinalized");
    }
}
