// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FunctionsAdapter} from "../../src/adapters/FunctionsAdapter.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {KeepingClient} from "./consumers/FunctionsConsumers.sol";

/// @notice A Functions router with one subscription of Alice's, empty and without consumers, and a client.
abstract contract FunctionsHouse is AdapterTest {
    uint32 internal constant GAS_LIMIT = 300_000;

    FunctionsAdapter internal router;
    KeepingClient internal client;
    uint64 internal subscriptionId;

    function setUp() public virtual override {
        super.setUp();
        router = new FunctionsAdapter(hub, ATTESTED, LIFETIME);
        client = new KeepingClient(address(router));
        vm.prank(ALICE);
        subscriptionId = router.createSubscription();
    }

    /// @dev Pays in, and lets the client ask.
    function _open() internal {
        vm.prank(ALICE);
        router.fundSubscription{value: 1 ether}(subscriptionId);
        _add(address(client));
    }

    function _add(address client_) internal {
        vm.prank(ALICE);
        router.addConsumer(subscriptionId, client_);
    }

    function _ask(KeepingClient client_) internal returns (bytes32) {
        return client_.askRaw(INPUT, subscriptionId, GAS_LIMIT, modelId);
    }
}
