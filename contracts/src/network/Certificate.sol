// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {
    ACTIVATION_PHASE,
    ACTIVATION_RAW,
    CONCAT,
    CanonicalForm,
    Domain,
    Header,
    LINEAR,
    Linear,
    RESHAPE,
    RESIZE,
    VECTOR
} from "./CanonicalForm.sol";
import {load} from "./Memory.sol";
import {RangeRule} from "./RangeRule.sol";

/// @title Certificate
/// @notice Checks once, on chain, everything that running a network relies on: that the form is well-formed, that all its
/// layers are dense, and that no sum can leave the range rule.
/// @dev The verdict on forms of dense layers is the one of `Network::from_bytes` in wasm-model. What differs: other
/// operations are refused, and so are networks whose values hold more than `MAX_ELEMENTS` together.
library Certificate {
    /// @notice The form ends inside of something.
    error FormTruncated(uint256 length);
    /// @notice Bytes follow the last operation.
    error FormTrailing(uint256 count);
    /// @notice The first four bytes are not "VDGN".
    error NotANetwork();
    /// @notice This version of the canonical form is unknown here.
    error UnknownFormVersion(uint256 version);
    /// @notice A declared range is empty or leaves [-128, 255], or belongs to no values.
    error BadDomain(int256 lo, int256 hi);
    /// @notice A network has 1 to 4,096 operations.
    error BadOperationCount(uint256 count);
    /// @notice An operation breaks a rule of the canonical form.
    error BadOperation(uint256 operation, string rule);
    /// @notice The form may be in order, but this operation can't be run inside the chain.
    error NotDense(uint256 operation, string reason);
    /// @notice Up to this value (0 is the input), all together hold more elements than are run here.
    error TooManyElements(uint256 value, uint256 count);

    /// @dev A value of the network.
    /// @param channels C of its shape
    /// @param sides H << 16 | W of its shape; `VECTOR` for a vector
    /// @param origins address of one byte an element: 255 if it is part of the input, 0 if it is an activation; 0 if
    /// `fromInput` says so for all of them
    /// @param fromInput whether all elements are part of the input
    struct Value {
        uint256 channels;
        uint256 sides;
        uint256 origins;
        bool fromInput;
    }

    /// @dev What has been read so far.
    struct Reader {
        uint256 at;
        uint256 end;
        uint256 length;
        uint256 elements;
        Header header;
        Value[] values;
    }

    uint256 internal constant MAX_ELEMENTS = 1 << 20;
    uint256 private constant MAX_OPERATIONS = 4096;
    uint256 private constant MAX_SHIFT = 23;
    uint256 private constant MAX_CHANNELS = 65_535;

    /// @notice Reverts unless the form is one that ExactNetwork runs.
    /// @return header what stands before the operations
    /// @return outputs number of outputs, if they are a vector; 0 if not
    /// @return isRaw whether the outputs are sums and not bytes
    function check(bytes memory form) internal pure returns (Header memory header, uint256 outputs, bool isRaw) {
        Reader memory reader;
        uint256 start;
        assembly ("memory-safe") {
            start := add(form, 0x20)
        }
        (reader.at, reader.end, reader.length) = (start, start + form.length, form.length);
        _header(reader, form);
        header = reader.header;
        uint256 count = header.operationCount;
        for (uint256 i = 0; i < count; ++i) {
            uint256 code = CanonicalForm.u8(_take(reader, 1));
            if (code == LINEAR) isRaw = _linear(reader, i) == ACTIVATION_RAW;
            else if (code == CONCAT) _concat(reader, i);
            else if (code == RESHAPE) _reshape(reader, i);
            else if (code == RESIZE) revert NotDense(i, "a resize");
            else revert BadOperation(i, "unknown code");
            if (code != LINEAR) isRaw = false;
        }
        if (reader.at != reader.end) revert FormTrailing(reader.end - reader.at);
        Value memory output = reader.values[count];
        outputs = output.sides == VECTOR ? output.channels : 0;
    }

    /* HEADER */

    function _header(Reader memory reader, bytes memory form) private pure {
        uint256 at = _take(reader, CanonicalForm.HEADER_SIZE);
        uint256 tableCount = CanonicalForm.u8(at + 21);
        _take(reader, 256 * tableCount + 2);
        if (bytes4(bytes32(load(at))) != "VDGN") revert NotANetwork();
        if (CanonicalForm.u8(at + 4) != 1) revert UnknownFormVersion(CanonicalForm.u8(at + 4));

        Header memory header = CanonicalForm.header(form);
        _domain(header.input);
        if (header.input.length == 0) revert BadDomain(header.input.lo, header.input.hi);
        if (header.latent.length != 0) _domain(header.latent);
        else if (header.latent.lo != 0 || header.latent.hi != 0) revert BadDomain(header.latent.lo, header.latent.hi);
        uint256 count = header.operationCount;
        if (count == 0 || count > MAX_OPERATIONS) revert BadOperationCount(count);

        reader.header = header;
        reader.values = new Value[](count + 1);
        _made(reader, 0, Value(CanonicalForm.u16(at + 5), header.sides, 0, true));
    }

    function _domain(Domain memory domain) private pure {
        if (domain.lo > domain.hi || domain.lo < -128 || domain.hi > 255) revert BadDomain(domain.lo, domain.hi);
    }

    /* OPERATIONS */

    function _linear(Reader memory reader, uint256 operation) private pure returns (uint256 activation) {
        uint256 at = _take(reader, CanonicalForm.LINEAR_SIZE - 1) - 1;
        Header memory header = reader.header;
        Linear memory linear = CanonicalForm.linear(at);
        Value memory source = _source(reader, operation, linear.source);
        activation = linear.activation;

        if (linear.outputs == 0) revert BadOperation(operation, "no outputs");
        if (linear.kernel != 1 && linear.kernel != 3) revert BadOperation(operation, "kernel");
        if (linear.stride != 1 && linear.stride != 2) revert BadOperation(operation, "stride");
        if (activation > ACTIVATION_PHASE) revert BadOperation(operation, "activation");
        if (linear.shift > MAX_SHIFT) revert BadOperation(operation, "shift");
        if (activation == ACTIVATION_RAW && linear.shift != 0) revert BadOperation(operation, "shift");
        if (activation == ACTIVATION_RAW && operation + 1 != header.operationCount) {
            revert BadOperation(operation, "raw sums are for the last one");
        }
        if (activation == ACTIVATION_PHASE ? linear.table >= header.tableCount : linear.table != 0) {
            revert BadOperation(operation, "table");
        }
        if (linear.latent > 1 || (linear.latent == 1 && header.latent.length == 0)) {
            revert BadOperation(operation, "latent");
        }
        if (linear.kernel != 1) revert NotDense(operation, "a kernel of 3");
        if (source.sides != VECTOR) revert NotDense(operation, "its source is no vector");

        uint256 inputs = source.channels;
        _take(reader, linear.outputs * (inputs + 4 + linear.latent * header.latent.length));
        RangeRule.Terms memory terms = RangeRule.Terms({
            inputs: inputs,
            origins: source.origins,
            first: source.fromInput ? header.input : Domain(0, 0, 255),
            second: header.input,
            latent: linear.latent == 0 ? Domain(0, 0, 0) : header.latent
        });
        RangeRule.check(operation, terms, linear.weights, linear.outputs);
        _made(reader, operation + 1, Value(linear.outputs, VECTOR, 0, false));
    }

    function _concat(Reader memory reader, uint256 operation) private pure {
        uint256 count = CanonicalForm.u8(_take(reader, 1));
        uint256 sources = _take(reader, 2 * count);
        if (count < 2) revert BadOperation(operation, "a concat of one");

        Value memory made = Value(0, VECTOR, 0, true);
        bool anyInput = false;
        for (uint256 i = 0; i < count; ++i) {
            Value memory source = _source(reader, operation, CanonicalForm.u16(sources + 2 * i));
            if (source.sides != VECTOR) revert NotDense(operation, "its source is no vector");
            made.channels += source.channels;
            made.fromInput = made.fromInput && source.fromInput;
            anyInput = anyInput || source.fromInput || source.origins != 0;
        }
        if (made.channels > MAX_CHANNELS) revert BadOperation(operation, "too many channels");
        _made(reader, operation + 1, made);
        if (made.fromInput || !anyInput) return;

        // Both kinds side by side: one byte an element tells them apart.
        made.origins = RangeRule.origins(made.channels);
        uint256 to = made.origins;
        for (uint256 i = 0; i < count; ++i) {
            Value memory source = reader.values[CanonicalForm.u16(sources + 2 * i)];
            RangeRule.copyOrigins(to, source.origins, source.fromInput, source.channels);
            to += source.channels;
        }
    }

    function _reshape(Reader memory reader, uint256 operation) private pure {
        uint256 at = _take(reader, 8);
        Value memory source = _source(reader, operation, CanonicalForm.u16(at));
        (uint256 c, uint256 h, uint256 w) =
            (CanonicalForm.u16(at + 2), CanonicalForm.u16(at + 4), CanonicalForm.u16(at + 6));
        if (c * h * w != _elements(source)) revert BadOperation(operation, "a reshape keeps all elements");
        // Channels that hold elements of both kinds would have a range of their own.
        if (source.origins != 0 && c != source.channels) revert NotDense(operation, "a reshape of joined values");
        _made(reader, operation + 1, Value(c, (h << 16) | w, source.origins, source.fromInput));
    }

    /* READING */

    /// @dev The address of the next `count` bytes.
    function _take(Reader memory reader, uint256 count) private pure returns (uint256 at) {
        at = reader.at;
        if (count > reader.end - at) revert FormTruncated(reader.length);
        reader.at = at + count;
    }

    function _source(Reader memory reader, uint256 operation, uint256 source) private pure returns (Value memory) {
        if (source > operation) revert BadOperation(operation, "it may read earlier values only");
        return reader.values[source];
    }

    function _made(Reader memory reader, uint256 number, Value memory value) private pure {
        reader.values[number] = value;
        reader.elements += _elements(value);
        if (reader.elements > MAX_ELEMENTS) revert TooManyElements(number, reader.elements);
    }

    function _elements(Value memory value) private pure returns (uint256) {
        return value.channels * (value.sides >> 16) * (value.sides & 0xffff);
    }
}
