// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";

/// @notice A contract that can own tokens.
contract Receiver {
    function onERC721Received(address, address, uint256, bytes calldata) external virtual returns (bytes4) {
        return this.onERC721Received.selector;
    }
}

/// @notice A contract that can own tokens only in name: it says nothing about ERC-721.
contract NoReceiver {}

/// @notice A minter that undoes its mint unless it likes what it sees of the token's fate.
contract ReRoller is Receiver {
    SeedArt internal immutable ART;

    bytes32 public seed;
    bytes32 public traits;
    bytes32 public hashOfDrawBlock;
    bytes public drawError;

    constructor(SeedArt art) {
        ART = art;
    }

    receive() external payable {}

    /// @notice Mints and tries everything to learn the seed within the transaction.
    function mint() external returns (uint256 tokenId) {
        tokenId = ART.mint{value: ART.price()}(address(this));
    }

    function onERC721Received(address, address, uint256 tokenId, bytes calldata) external override returns (bytes4) {
        ISeedArt.Blueprint memory blueprint = ART.blueprint(tokenId);
        (seed, traits) = (blueprint.seed, blueprint.traits);
        hashOfDrawBlock = blockhash(ART.tokenOf(tokenId).drawBlock);
        try ART.draw(tokenId) {}
        catch (bytes memory reason) {
            drawError = reason;
        }
        return this.onERC721Received.selector;
    }
}

/// @notice A minter that mints again while it is handed a token.
contract Reminter is Receiver {
    SeedArt internal immutable ART;
    uint256 internal left;

    constructor(SeedArt art, uint256 more) {
        ART = art;
        left = more;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external override returns (bytes4) {
        if (left != 0) {
            --left;
            ART.mint{value: ART.price()}(address(this));
        }
        return this.onERC721Received.selector;
    }
}

/// @notice A receiver of sales that refuses them, or calls back for more.
contract Payee {
    enum Mood {
        Take,
        Refuse,
        Reenter
    }

    Mood public mood;

    function set(Mood mood_) external {
        mood = mood_;
    }

    receive() external payable {
        if (mood == Mood.Refuse) revert("not today");
        if (mood == Mood.Reenter) SeedArt(payable(msg.sender)).withdraw();
    }
}
