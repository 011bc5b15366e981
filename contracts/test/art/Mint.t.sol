// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";
import {NoReceiver, ReRoller, Receiver, Reminter} from "../mocks/Receivers.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

contract MintTest is BaseTest {
    function testFuzz_aMintCommitsToABlockThatIsNotBuiltYet(address to, uint256 atBlock) public {
        vm.assume(to != address(0) && to.code.length == 0);
        vm.roll(bound(atBlock, 1, type(uint64).max - 10));
        vm.expectEmit(address(art));
        emit ISeedArt.SeedRequested(1, uint64(block.number + 2));
        vm.expectEmit(address(art));
        emit ERC721.Transfer(address(0), to, 1);
        vm.prank(COLLECTOR);
        uint256 tokenId = art.mint{value: PRICE}(to);

        ISeedArt.Token memory token = art.tokenOf(tokenId);
        assertEq(tokenId, 1, "token id");
        assertEq(art.ownerOf(tokenId), to, "owner");
        assertEq(art.totalSupply(), 1, "supply");
        assertEq(uint256(token.stage), uint256(ISeedArt.Stage.Minted), "stage");
        assertEq(token.drawBlock, block.number + 2, "draw block");
        assertEq(token.requestId, 0, "no request");
        assertEq(token.imageCid, "", "no picture");
        assertEq(token.metadataCid, "", "no metadata");
    }

    function testFuzz_onlyTheExactPriceIsTaken(uint256 sent) public {
        sent = bound(sent, 0, 1 ether);
        vm.assume(sent != PRICE);
        vm.prank(COLLECTOR);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.WrongPrice.selector, sent, PRICE));
        art.mint{value: sent}(COLLECTOR);
    }

    function test_noMoreThanTheSupplyIsMinted() public {
        for (uint256 i = 1; i <= MAX_SUPPLY; ++i) {
            assertEq(_mint(), i, "ids in order");
        }
        vm.prank(COLLECTOR);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.SoldOut.selector, MAX_SUPPLY));
        art.mint{value: PRICE}(COLLECTOR);
    }

    function test_nobodyIsNoOwner() public {
        vm.prank(COLLECTOR);
        vm.expectRevert(ERC721.TransferToZeroAddress.selector);
        art.mint{value: PRICE}(address(0));
    }

    function test_aContractMustSayThatItTakesTokens() public {
        address receiver = address(new Receiver());
        vm.prank(COLLECTOR);
        uint256 tokenId = art.mint{value: PRICE}(receiver);
        assertEq(art.ownerOf(tokenId), receiver, "owner");

        address noReceiver = address(new NoReceiver());
        vm.prank(COLLECTOR);
        vm.expectRevert(ERC721.TransferToNonERC721ReceiverImplementer.selector);
        art.mint{value: PRICE}(noReceiver);
    }

    /// Whoever reverts a mint that does not please must know something of it: here there is nothing to know.
    function test_aMinterWhoCouldUndoItLearnsNothing() public {
        ReRoller roller = new ReRoller(art);
        vm.deal(address(roller), 1 ether);
        uint256 tokenId = roller.mint();

        assertEq(roller.seed(), 0, "no seed");
        assertEq(roller.traits(), 0, "no traits");
        assertEq(roller.hashOfDrawBlock(), 0, "no hash");
        assertEq(
            roller.drawError(), abi.encodeWithSelector(ISeedArt.TooEarly.selector, tokenId, block.number + 2), "no draw"
        );
    }

    function test_aReentrantMinterGetsTokensOfItsOwn() public {
        Reminter reminter = new Reminter(art, 3);
        vm.deal(address(reminter), 1 ether);
        vm.prank(COLLECTOR);
        uint256 tokenId = art.mint{value: PRICE}(address(reminter));

        assertEq(tokenId, 1, "the outer mint's id");
        assertEq(art.totalSupply(), 4, "supply");
        assertEq(art.balanceOf(address(reminter)), 4, "balance");
        assertEq(address(art).balance, 4 * PRICE, "paid");
    }

    function testFuzz_aTokenThatDoesNotExistIsSaidSo(uint256 tokenId) public {
        _mint();
        vm.assume(tokenId != 1);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.tokenOf(tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.tokenURI(tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.blueprint(tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.draw(tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.redraw(tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.renew(tokenId);
    }
}
