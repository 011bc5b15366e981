// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {Cid} from "../../src/lib/Cid.sol";
import {CodeChunks} from "../../src/lib/CodeChunks.sol";
import {CompactSignature} from "../../src/lib/CompactSignature.sol";
import {Sine} from "../../src/lib/Sine.sol";
import {TokenState, TokenStateLibrary} from "../../src/types/TokenState.sol";
import {Test} from "forge-std/Test.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

contract CidTest is Test {
    function decode(bytes calldata cid) external pure returns (bool, bytes1, bytes32) {
        return Cid.decode(cid);
    }

    /// Names that every IPFS node knows: nothing at all, raw, and an empty UnixFS folder.
    function test_wellKnownContentHasItsWellKnownName() public pure {
        assertEq(
            Cid.uri(Cid.RAW, sha256("")),
            "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
            "no bytes"
        );
        assertEq(
            Cid.text(Cid.DAG_PB, sha256(hex"0a020801")),
            "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354",
            "an empty folder"
        );
    }

    function testFuzz_whatIsEncodedIsDecoded(bool raw, bytes32 digest) public view {
        bytes1 codec = raw ? Cid.RAW : Cid.DAG_PB;
        (bool ok, bytes1 codecBack, bytes32 digestBack) = this.decode(Cid.encode(codec, digest));
        assertTrue(ok, "a CID");
        assertEq(codecBack, codec, "codec");
        assertEq(digestBack, digest, "digest");
    }

    function testFuzz_noiseIsNoCid(bytes calldata noise) public view {
        vm.assume(noise.length < 4 || bytes2(noise[2:4]) != 0x1220);
        (bool ok,,) = this.decode(noise);
        assertFalse(ok, "not a CID");
    }
}

contract CompactSignatureTest is Test {
    function pack(bytes calldata signature) external pure returns (bytes32, bytes32) {
        return CompactSignature.pack(signature);
    }

    function testFuzz_whatIsPackedIsUnpacked(uint256 key, bytes32 digest) public view {
        key = boundPrivateKey(key);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes memory signature = abi.encodePacked(r, s, v);
        (bytes32 packedR, bytes32 vs) = this.pack(signature);
        (bytes32 expectedR, bytes32 expectedVs) = vm.signCompact(key, digest);
        assertEq(packedR, expectedR, "r as in ERC-2098");
        assertEq(vs, expectedVs, "vs as in ERC-2098");
        assertEq(CompactSignature.unpack(packedR, vs), signature, "signature");
    }
}

contract CodeChunksTest is Test {
    function testFuzz_chunksAreJoinedInOrder(bytes[] calldata parts) public {
        vm.assume(parts.length <= 12);
        address[] memory chunks = new address[](parts.length);
        bytes memory expected;
        for (uint256 i = 0; i < parts.length; ++i) {
            chunks[i] = SSTORE2.write(parts[i]);
            assertTrue(CodeChunks.isChunk(chunks[i]), "a chunk");
            expected = bytes.concat(expected, parts[i]);
        }
        bytes memory dirty = new bytes(100);
        bytes memory joined = CodeChunks.join(chunks);
        bytes memory next = "what comes after it in memory";
        assertEq(joined, expected, "joined");
        assertEq(dirty, new bytes(100), "memory before it");
        assertEq(next, "what comes after it in memory", "memory after it");
    }

    function test_onlyCodeThatBeginsWithStopIsAChunk() public {
        assertFalse(CodeChunks.isChunk(address(this)), "code that runs");
        assertFalse(CodeChunks.isChunk(makeAddr("nobody")), "no code");
        assertTrue(CodeChunks.isChunk(SSTORE2.write("")), "an empty chunk");
    }
}

contract SineTest is Test {
    function testFuzz_sineIsWithinItsBoundsAndOdd(int256 angle) public pure {
        angle = bound(angle, -1e6, 1e6);
        assertLe(Sine.sin(angle), Sine.ONE, "at most one");
        assertEq(Sine.sin(angle), -Sine.sin(-angle), "odd");
        assertEq(Sine.sin(angle), Sine.sin(angle + Sine.TURN), "periodic");
        int256 square = Sine.sin(angle) ** 2 + Sine.cos(angle) ** 2;
        assertApproxEqAbs(square, Sine.ONE ** 2, uint256(Sine.ONE ** 2) / 100, "on the unit circle");
    }
}

contract TokenStateTest is Test {
    function testFuzz_aTokensStateKeepsItsFieldsApart(uint64 drawBlock, bytes1 codec) public pure {
        TokenState state = TokenStateLibrary.minted(drawBlock);
        assertEq(state.drawBlock(), drawBlock, "draw block");
        assertEq(uint256(state.stage()), uint256(ISeedArt.Stage.Minted), "minted");
        state = state.drawn();
        assertEq(uint256(state.stage()), uint256(ISeedArt.Stage.Drawn), "drawn");
        assertEq(state.imageCodec(), 0, "no codec yet");
        state = state.fulfilled(codec);
        assertEq(uint256(state.stage()), uint256(ISeedArt.Stage.Fulfilled), "fulfilled");
        assertEq(state.imageCodec(), codec, "codec");
        assertEq(state.drawBlock(), drawBlock, "draw block at the end");
        assertEq(state.epoch(), 0, "never evolved");
    }

    function testFuzz_anEpochStaysUntilTheNext(uint64 drawBlock, bytes1 codec, uint8 epochs) public pure {
        TokenState state = TokenStateLibrary.minted(drawBlock).drawn();
        for (uint256 i = 0; i < epochs; ++i) {
            state = state.fulfilled(codec).evolved();
            assertEq(state.epoch(), i + 1, "the next epoch");
            assertEq(uint256(state.stage()), uint256(ISeedArt.Stage.Drawn), "without a picture");
            assertEq(state.imageCodec(), 0, "nor a codec");
        }
        assertEq(state.drawn().epoch(), epochs, "drawn again");
        assertEq(state.fulfilled(codec).epoch(), epochs, "fulfilled");
        assertEq(state.fulfilled(codec).imageCodec(), codec, "codec");
        assertEq(state.drawBlock(), drawBlock, "draw block");
    }
}
