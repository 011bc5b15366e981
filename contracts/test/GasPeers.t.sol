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

/// @notice What the like costs elsewhere, as whole transactions, beside the figures in Gas.t.sol and GasLevels.t.sol; kept in
/// snapshots/Peers.json. A bare ERC721A has no seed, no request and no picture. Published figures are their owners' own.
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

    function test_published() public {
        vm.snapshotValue("Peers", "Art Blocks V3: mint, published", 111_553);
        vm.snapshotValue("Peers", "Infernet: create and deliver a callback, published", 352_544);
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
