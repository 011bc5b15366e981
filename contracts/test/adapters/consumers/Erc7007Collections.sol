// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC7007} from "../../../src/interfaces/IERC7007.sol";
import {IOpmlLib} from "../../../src/interfaces/external/IOpmlLib.sol";
import {IVerifier} from "../../../src/interfaces/external/IVerifier.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @notice A collection as ERC-7007's reference implementation for validity proofs has it (assets/erc-7007/contracts/
/// ERC7007Zkml.sol in github.com/ethereum/ERCs): content is believed if a verifier, named once, says so of the proof and of
/// prompt and content joined.
contract ProvenCollection is ERC721, IERC7007 {
    address public immutable verifier;

    mapping(uint256 tokenId => bytes) public contentOf;
    mapping(uint256 tokenId => bytes) public proofOf;
    uint256 public calls;

    constructor(address verifier_) ERC721("Proven", "PRV") {
        verifier = verifier_;
    }

    function mint(address to, bytes calldata prompt) external returns (uint256 tokenId) {
        tokenId = uint256(keccak256(prompt));
        _mint(to, tokenId);
    }

    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        public
        virtual
    {
        require(ownerOf(tokenId) != address(0), "ERC7007: nonexistent token");
        require(verify(prompt, aigcData, proof), "ERC7007: invalid proof");
        ++calls;
        contentOf[tokenId] = aigcData;
        proofOf[tokenId] = proof;
        emit AigcData(tokenId, prompt, aigcData, proof);
    }

    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) public view returns (bool) {
        return IVerifier(verifier).verifyProof(proof, abi.encodePacked(prompt, aigcData));
    }
}

/// @notice A collection that makes planned calls when content is added.
contract ReentrantCollection is ProvenCollection {
    address[] public targets;
    bytes[] public calldatas;
    bool[] public succeeded;

    constructor(address verifier_) ProvenCollection(verifier_) {}

    function plan(address target, bytes calldata data) external {
        targets.push(target);
        calldatas.push(data);
    }

    function addAigcData(uint256, bytes calldata, bytes calldata, bytes calldata) public override {
        ++calls;
        for (uint256 i = 0; i < targets.length; ++i) {
            (bool ok,) = targets[i].call(calldatas[i]);
            succeeded.push(ok);
        }
    }
}

/// @notice A collection as the reference implementation for fraud proofs has it (ERC7007Opml.sol at the same place): content
/// is claimed when it is added, and believed once the opML contract has come to the same.
contract OptimisticCollection is ERC721, IERC7007 {
    address public immutable opmlLib;
    mapping(uint256 tokenId => uint256) public tokenIdToRequestId;

    event Update(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData);

    constructor(address opmlLib_) ERC721("Optimistic", "OPT") {
        opmlLib = opmlLib_;
    }

    function mint(address to, bytes calldata prompt, bytes calldata aigcData) external returns (uint256 tokenId) {
        tokenId = uint256(keccak256(prompt));
        _mint(to, tokenId);
        addAigcData(tokenId, prompt, aigcData, "");
    }

    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes memory proof) public {
        require(ownerOf(tokenId) != address(0), "ERC7007: nonexistent token");
        require(tokenIdToRequestId[tokenId] == 0, "ERC7007: requestId already exists");
        tokenIdToRequestId[tokenId] = IOpmlLib(opmlLib).initOpmlRequest(prompt);
        IOpmlLib(opmlLib).uploadResult(tokenIdToRequestId[tokenId], aigcData);
        emit AigcData(tokenId, prompt, aigcData, proof);
    }

    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata) public view returns (bool) {
        uint256 requestId = tokenIdToRequestId[uint256(keccak256(prompt))];
        bytes memory output = IOpmlLib(opmlLib).getOutput(requestId);
        return IOpmlLib(opmlLib).isFinalized(requestId) && keccak256(output) == keccak256(aigcData);
    }

    function update(bytes calldata prompt, bytes calldata aigcData) external {
        require(verify(prompt, aigcData, prompt), "ERC7007: invalid aigcData");
        emit Update(uint256(keccak256(prompt)), prompt, aigcData);
    }
}
