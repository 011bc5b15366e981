// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Certifier} from "./Certifier.sol";
import {IExecutor} from "./interfaces/IExecutor.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {CanonicalForm, Domain, Header} from "./network/CanonicalForm.sol";
import {ExactNetwork, Network} from "./network/ExactNetwork.sol";
import {storeByte} from "./network/Memory.sol";
import {Vector, VectorLibrary} from "./network/Vector.sol";
import {Coordinates} from "./picture/Coordinates.sol";
import {Painter, PictureModel} from "./picture/PictureModel.sol";

/// @title Executor
/// @notice Runs registered models inside the chain: the same integers as everywhere else.
/// @dev Keeps nothing but which versions are certified. Weights are read, and their hash is checked, by the registry.
contract Executor is IExecutor {
    using Coordinates for Coordinates.Grid;
    using PictureModel for Painter;

    /// @dev What a version was certified as.
    enum Certified {
        No,
        Tensor,
        Picture
    }

    /* CONSTANTS */

    /// @notice The most gas that one run, or one pixel, may take: a fraud proof, and an execution with the largest callback,
    /// must fit into a transaction, of at most 2^24 gas (EIP-7825).
    uint256 public constant MAX_RUN_GAS = 10_000_000;
    /// @notice The longest input and output in bytes; the hub's limit.
    uint256 public constant MAX_LENGTH = 16_384;

    /* IMMUTABLES */

    IModelRegistry private immutable _REGISTRY;
    Certifier private immutable _CERTIFIER;

    /* STORAGE */

    mapping(bytes32 modelId => Certified) private _certified;

    /* CONSTRUCTOR */

    constructor(IModelRegistry registry_) {
        _REGISTRY = registry_;
        _CERTIFIER = new Certifier();
    }

    /* CERTIFY */

    /// @inheritdoc IExecutor
    function certify(bytes32 modelId) external {
        if (_certified[modelId] != Certified.No) return;
        bytes memory form = _REGISTRY.weightsOf(modelId);
        (IModelRegistry.Model memory model,) = _REGISTRY.modelOf(modelId);
        bool fitsPictures = _CERTIFIER.check(form);
        bool isPicture = model.task == IModelRegistry.Task.Picture;
        if (isPicture && !fitsPictures) revert NotAPicture(modelId);

        _certified[modelId] = isPicture ? Certified.Picture : Certified.Tensor;
        uint256 gasUsed = isPicture ? _measurePixel(modelId) : _measureRun(modelId, CanonicalForm.header(form));
        if (gasUsed > MAX_RUN_GAS) revert TooHeavy(modelId, gasUsed);

        emit ModelCertified(modelId, model.canonicalHash);
    }

    /* RUN */

    /// @inheritdoc IExecutor
    function run(bytes32 modelId, bytes calldata input) external view returns (bytes memory) {
        if (_certified[modelId] == Certified.No) revert NotCertified(modelId);
        Header memory header = CanonicalForm.header(_formOf(modelId));
        uint256 inputs = header.input.length;
        if (input.length != inputs + header.latent.length) {
            revert BadInputLength(inputs + header.latent.length, input.length);
        }
        Vector latent = _vector(header.latent, input, inputs);
        Network memory network = ExactNetwork.load(header, _vector(header.input, input, 0), latent, true);
        ExactNetwork.run(network);
        return ExactNetwork.outputOf(network);
    }

    /* PICTURES */

    /// @inheritdoc IExecutor
    function pixel(bytes32 modelId, bytes32 seed, bytes32 traits, uint16 size, uint16 x, uint16 y)
        external
        view
        returns (bytes3)
    {
        if (size == 0 || size > PictureModel.MAX_SIZE || x >= size || y >= size) revert OutsidePicture(size, x, y);
        Painter memory painter = _painter(modelId, seed, traits, size, true);
        uint256 colour = painter.paint(painter.grid.column(x), painter.grid.row(y));
        return bytes3(uint24(colour));
    }

    /// @inheritdoc IExecutor
    function rows(bytes32 modelId, bytes32 seed, bytes32 traits, uint16 size, uint16 y0, uint16 y1)
        external
        view
        returns (bytes memory rgb)
    {
        if (size == 0 || size > PictureModel.MAX_SIZE || y0 > y1 || y1 > size) revert OutsidePicture(size, 0, y1);
        Painter memory painter = _painter(modelId, seed, traits, size, false);
        return painter.rows(size, y0, y1);
    }

    /* VIEWS */

    /// @inheritdoc IExecutor
    function isCertified(bytes32 modelId) external view returns (bool) {
        return _certified[modelId] != Certified.No;
    }

    /// @inheritdoc IExecutor
    function registry() external view returns (address) {
        return address(_REGISTRY);
    }

    /* INTERNAL */

    /// @dev What a pixel costs; all cost the same.
    function _measurePixel(bytes32 modelId) private view returns (uint256) {
        uint256 before = gasleft();
        this.pixel(modelId, 0, 0, 1, 0, 0);
        return before - gasleft();
    }

    /// @dev What a run costs, whatever the input: here all values are the lowest.
    function _measureRun(bytes32 modelId, Header memory header) private view returns (uint256) {
        uint256 inputs = header.input.length;
        bytes memory input = new bytes(inputs + header.latent.length);
        if (input.length > MAX_LENGTH) revert TooLong(modelId, input.length);
        for (uint256 i = 0; i < input.length; ++i) {
            // One byte in two's complement.
            // forge-lint: disable-next-line(unsafe-typecast)
            input[i] = bytes1(uint8(int8(i < inputs ? header.input.lo : header.latent.lo)));
        }
        uint256 before = gasleft();
        uint256 length = this.run(modelId, input).length;
        if (length > MAX_LENGTH) revert TooLong(modelId, length);
        return before - gasleft();
    }

    /// @dev A version's canonical form, where the registry's answer lies: without the copy that Solidity would make.
    function _formOf(bytes32 modelId) private view returns (bytes memory form) {
        bytes memory question = abi.encodeCall(IModelRegistry.weightsOf, (modelId));
        address target = address(_REGISTRY);
        assembly ("memory-safe") {
            let answer := mload(0x40)
            if iszero(staticcall(gas(), target, add(question, 0x20), mload(question), 0, 0)) {
                returndatacopy(answer, 0, returndatasize())
                revert(answer, returndatasize())
            }
            returndatacopy(answer, 0, returndatasize())
            mstore(0x40, add(answer, and(add(returndatasize(), 0x3f), not(0x1f))))
            form := add(answer, mload(answer))
        }
    }

    function _painter(bytes32 modelId, bytes32 seed, bytes32 traits, uint256 size, bool once)
        private
        view
        returns (Painter memory)
    {
        if (!PictureModel.areTraits(traits)) revert BadTraits(traits);
        Certified certified = _certified[modelId];
        if (certified == Certified.No) revert NotCertified(modelId);
        if (certified != Certified.Picture) revert NotAPicture(modelId);
        Header memory header = CanonicalForm.header(_formOf(modelId));
        return PictureModel.painter(header, seed, traits, size, once);
    }

    /// @dev The values from `from` on, each within its domain.
    function _vector(Domain memory domain, bytes calldata values, uint256 from) private pure returns (Vector vector) {
        unchecked {
            bool signed = domain.lo < 0;
            vector = VectorLibrary.make(domain.length, signed);
            for (uint256 i = 0; i != domain.length; ++i) {
                uint256 raw = uint8(values[from + i]);
                int256 value = signed ? int256(int8(uint8(raw))) : int256(raw);
                if (value < domain.lo || value > domain.hi) revert InputOutOfRange(from + i, value);
                storeByte(vector.first() - i, signed ? raw ^ 0x80 : raw);
            }
        }
    }
}
