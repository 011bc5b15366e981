// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IReceiver} from "../../../src/interfaces/external/IReceiver.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @notice A receiver in the form that Chainlink's CRE documentation gives it (docs.chain.link/cre, "Building consumer
/// contracts", ReceiverTemplate): it is told the forwarder, and may expect a workflow's id, owner and name.
contract WorkflowReceiver is IReceiver {
    bytes16 private constant HEX_DIGITS = "0123456789abcdef";

    address public forwarder;
    address public expectedAuthor;
    bytes10 public expectedWorkflowName;
    bytes32 public expectedWorkflowId;

    uint256 public calls;
    bytes public metadata;
    bytes public report;

    error InvalidSender(address sender, address expected);
    error InvalidAuthor(address received, address expected);
    error InvalidWorkflowName(bytes10 received, bytes10 expected);
    error InvalidWorkflowId(bytes32 received, bytes32 expected);

    constructor(address forwarder_) {
        forwarder = forwarder_;
    }

    function setExpected(address author, string calldata name, bytes32 id) external {
        expectedAuthor = author;
        expectedWorkflowName = bytes(name).length == 0 ? bytes10(0) : nameOf(name);
        expectedWorkflowId = id;
    }

    /// @dev As CRE has it: SHA-256 of the name, in hexadecimal, of which the first ten digits.
    function nameOf(string calldata name) public pure returns (bytes10) {
        bytes32 hash = sha256(bytes(name));
        bytes memory digits = new bytes(10);
        for (uint256 i = 0; i < 10; ++i) {
            uint8 nibble = uint8(hash[i / 2]) >> (i % 2 == 0 ? 4 : 0) & 15;
            digits[i] = HEX_DIGITS[nibble];
        }
        // Ten digits are ten bytes.
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes10(digits);
    }

    function onReport(bytes calldata metadata_, bytes calldata report_) external {
        if (msg.sender != forwarder) revert InvalidSender(msg.sender, forwarder);
        (bytes32 id, bytes10 name, address author) = _decodeMetadata(metadata_);
        if (expectedWorkflowId != 0 && id != expectedWorkflowId) revert InvalidWorkflowId(id, expectedWorkflowId);
        if (expectedAuthor != address(0) && author != expectedAuthor) revert InvalidAuthor(author, expectedAuthor);
        if (expectedWorkflowName != 0 && name != expectedWorkflowName) {
            revert InvalidWorkflowName(name, expectedWorkflowName);
        }
        _processReport(metadata_, report_);
    }

    function supportsInterface(bytes4 interfaceId) public view virtual returns (bool) {
        return interfaceId == type(IReceiver).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    function _processReport(bytes calldata metadata_, bytes calldata report_) internal virtual {
        ++calls;
        (metadata, report) = (metadata_, report_);
    }

    function _decodeMetadata(bytes memory metadata_) internal pure returns (bytes32 id, bytes10 name, address author) {
        assembly {
            id := mload(add(metadata_, 32))
            name := mload(add(metadata_, 64))
            author := shr(96, mload(add(metadata_, 74)))
        }
    }
}

/// @notice A receiver that fails until it is mended, and can stop being one.
contract MoodyReceiver is WorkflowReceiver {
    bool public mended;
    bool public changed;

    error NotToday();

    constructor(address forwarder_) WorkflowReceiver(forwarder_) {}

    function mend() external {
        mended = true;
    }

    function change() external {
        changed = true;
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return !changed && super.supportsInterface(interfaceId);
    }

    function _processReport(bytes calldata metadata_, bytes calldata report_) internal override {
        if (!mended) revert NotToday();
        super._processReport(metadata_, report_);
    }
}

/// @notice A receiver that makes planned calls while it takes a report.
contract ReentrantReceiver is WorkflowReceiver {
    address[] public targets;
    bytes[] public calldatas;
    bool[] public succeeded;

    constructor(address forwarder_) WorkflowReceiver(forwarder_) {}

    function plan(address target, bytes calldata data) external {
        targets.push(target);
        calldatas.push(data);
    }

    function _processReport(bytes calldata metadata_, bytes calldata report_) internal override {
        super._processReport(metadata_, report_);
        for (uint256 i = 0; i < targets.length; ++i) {
            (bool ok,) = targets[i].call(calldatas[i]);
            succeeded.push(ok);
        }
    }
}
