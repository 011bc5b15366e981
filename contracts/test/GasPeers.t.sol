// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721A} from "erc721a/contracts/ERC721A.sol";
import {Test} from "forge-std/Test.sol";

/// @notice A collection that mints and does nothing else.
contract BareERC721A is ERC721A("Bare", "BARE") {
    function mint(address to) external payable {
        _safeMint(to, 1);
    }
}

/// @notice What a mint costs elsewhere, as a whole transaction, beside the figures in Gas.t.sol; kept in
/// snapshots/Peers.json. A bare ERC721A has no seed, no request and no picture.
/// forge-config: default.isolate = true
contract GasPeersTest is Test {
    BareERC721A private _art;
    address private immutable COLLECTOR = makeAddr("collector");

    function setUp() public {
        vm.deal(COLLECTOR, 1 ether);
        _art = new BareERC721A();
        vm.prank(COLLECTOR);
        _art.mint(COLLECTOR);
    }

    function test_mint() public {
        vm.prank(COLLECTOR);
        _art.mint{value: 0.05 ether}(COLLECTOR);
        vm.snapshotGasLastCall("Peers", "ERC721A mint, a further token of the same owner");
    }

    function test_mintToANewOwner() public {
        vm.prank(COLLECTOR);
        _art.mint{value: 0.05 ether}(makeAddr("stranger"));
        vm.snapshotGasLastCall("Peers", "ERC721A mint, an owner's first token");
    }
}
