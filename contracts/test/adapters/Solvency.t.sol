// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FunctionsAdapter} from "../../src/adapters/FunctionsAdapter.sol";
import {HubAdapter} from "../../src/adapters/HubAdapter.sol";
import {OraAdapter} from "../../src/adapters/OraAdapter.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {KeepingClient} from "./consumers/FunctionsConsumers.sol";

/// @notice Whatever is asked, answered, expired, funded and withdrawn, in any order: each adapter has, here or at the hub,
/// exactly the ether that it owes.
contract SolvencyTest is AdapterTest {
    OraAdapter internal oracle;
    FunctionsAdapter internal router;
    KeepingClient internal client;
    uint64 internal subscriptionId;
    address[2] internal accounts;
    bytes32[] internal oraIds;
    bytes32[] internal functionsIds;

    function setUp() public override {
        super.setUp();
        oracle = new OraAdapter(hub, ATTESTED, LIFETIME);
        router = new FunctionsAdapter(hub, ATTESTED, LIFETIME);
        client = new KeepingClient(address(router));
        accounts = [ALICE, BOB];
        vm.startPrank(ALICE);
        subscriptionId = router.createSubscription();
        router.addConsumer(subscriptionId, address(client));
        vm.stopPrank();

        bytes4[] memory steps = new bytes4[](8);
        steps[0] = this.askOra.selector;
        steps[1] = this.askFunctions.selector;
        steps[2] = this.fund.selector;
        steps[3] = this.withdraw.selector;
        steps[4] = this.settle.selector;
        steps[5] = this.expireHere.selector;
        steps[6] = this.expireThere.selector;
        steps[7] = this.wait.selector;
        targetSelector(FuzzSelector({addr: address(this), selectors: steps}));
        targetContract(address(this));
    }

    /* STEPS */

    function askOra(uint256 who, uint256 value) external {
        address account = accounts[who % 2];
        value = bound(value, 0, 3 * uint256(FEE));
        vm.deal(account, account.balance + value);
        vm.prank(account);
        try oracle.requestCallback{value: value}(uint256(modelId), INPUT, address(0), 0, "") returns (uint256 id) {
            oraIds.push(bytes32(id));
        } catch {}
    }

    function askFunctions() external {
        try client.askRaw(INPUT, subscriptionId, 200_000, modelId) returns (bytes32 id) {
            functionsIds.push(id);
        } catch {}
    }

    function fund(uint256 who, uint256 value) external {
        value = bound(value, 0, 3 * uint256(FEE));
        vm.deal(address(this), 2 * value);
        oracle.fund{value: value}(accounts[who % 2]);
        router.fundSubscription{value: value}(subscriptionId);
    }

    function withdraw(uint256 who) external {
        vm.prank(accounts[who % 2]);
        try oracle.withdrawCredit(payable(STRANGER)) {} catch {}
        vm.prank(ALICE);
        router.withdrawSubscription(subscriptionId, payable(STRANGER));
    }

    function settle(uint256 which) external {
        bytes32 id = _pick(which);
        (, IInferenceHub.Status status) = hub.requestOf(id);
        if (status == IInferenceHub.Status.Open) _settle(id, hex"01");
    }

    function expireHere(uint256 which) external {
        bytes32 id = _pick(which);
        HubAdapter adapter = which % 2 == 0 ? HubAdapter(oracle) : HubAdapter(router);
        try adapter.expire(id) {} catch {}
    }

    function expireThere(uint256 which) external {
        try hub.expire(_pick(which)) {} catch {}
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, LIFETIME));
    }

    /// @dev An even number picks one of ORA's requests, an odd one one of Functions'; zero if there is none.
    function _pick(uint256 which) private view returns (bytes32) {
        bytes32[] storage ids = which % 2 == 0 ? oraIds : functionsIds;
        return ids.length == 0 ? bytes32(0) : ids[(which >> 1) % ids.length];
    }

    /* INVARIANTS */

    function invariant_TheOraAdapterOwesWhatItHas() public view {
        uint256 owed = oracle.creditOf(ALICE) + oracle.creditOf(BOB) + _released(oracle, oraIds);
        assertEq(address(oracle).balance + hub.claimableBy(address(oracle)), owed, "credits and refunds to come");
    }

    function invariant_TheFunctionsAdapterOwesWhatItHas() public view {
        (, uint256 balance) = router.subscriptionOf(subscriptionId);
        uint256 owed = balance + _released(router, functionsIds);
        assertEq(address(router).balance + hub.claimableBy(address(router)), owed, "balances and refunds to come");
    }

    /// @dev Fees that the hub has given back, and that the adapter hasn't credited yet.
    function _released(HubAdapter adapter, bytes32[] storage ids) private view returns (uint256 sum) {
        for (uint256 i = 0; i < ids.length; ++i) {
            (IInferenceHub.Request memory request, IInferenceHub.Status status) = hub.requestOf(ids[i]);
            (IHubAdapter.Stage stage, uint256 fee) = adapter.askOf(ids[i]);
            bool released = status == IInferenceHub.Status.Expired && request.fee == 0;
            if (released && stage == IHubAdapter.Stage.Asked) sum += fee;
        }
    }
}
