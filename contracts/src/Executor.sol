// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Certifier} from "./Certifier.sol";
import {IComposition} from "./interfaces/IComposition.sol";
import {IExecutor} from "./interfaces/IExecutor.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IStyle} from "./interfaces/IStyle.sol";
import {Traits} from "./lib/Traits.sol";
import {CanonicalForm, Domain, Header} from "./network/CanonicalForm.sol";
import {ExactNetwork, Network} from "./network/ExactNetwork.sol";
import {storeByte} from "./network/Memory.sol";
import {Vector, VectorLibrary} from "./network/Vector.sol";
import {PictureModel} from "./picture/PictureModel.sol";
import {Cut} from "./types/Stages.sol";

/// @title Executor
/// @notice Runs registered models inside the chain: the same integers as everywhere else.
/// @dev Keeps nothing but which versions are certified. Weights are read, and their hash is checked, by the registry. A
/// picture's concept is here (PictureModel); its style and composition are contracts, of which it is deployed with a
/// list each.
contract Executor is IExecutor {
    /// @dev What a version was certified as.
    enum Certified {
        No,
        Tensor,
        Picture
    }

    /// @dev What makes a picture of the fields.
    struct Stages {
        IStyle style;
        IComposition composition;
    }

    /* CONSTANTS */

    /// @notice The most gas that one run, or one pixel, may take: a fraud proof, and an execution with the largest
    /// callback, must fit into a transaction, of at most 2^24 gas (EIP-7825).
    uint256 public constant MAX_RUN_GAS = 10_000_000;
    /// @notice The longest input and output in bytes; the hub's limit.
    uint256 public constant MAX_LENGTH = 16_384;

    /// @dev The version of PictureModel.
    uint32 private constant CONCEPT = 1;
    /// @dev Version 1 of each stage, with which certifying measures a pixel.
    uint32 private constant FIRST_STAGES = 0x010101;

    /* IMMUTABLES */

    IModelRegistry private immutable _REGISTRY;
    Certifier private immutable _CERTIFIER;

    /* STORAGE */

    mapping(bytes32 modelId => Certified) private _certified;

    /// @notice The styles by their versions, from 1 on.
    mapping(uint256 version => IStyle) public styles;
    /// @notice The compositions by their versions, from 1 on.
    mapping(uint256 version => IComposition) public compositions;

    /* CONSTRUCTOR */

    /// @param styles_ version n is entry n - 1
    /// @param compositions_ likewise
    constructor(IModelRegistry registry_, IStyle[] memory styles_, IComposition[] memory compositions_) {
        _REGISTRY = registry_;
        _CERTIFIER = new Certifier();
        for (uint256 i = 0; i < styles_.length; ++i) {
            styles[i + 1] = styles_[i];
        }
        for (uint256 i = 0; i < compositions_.length; ++i) {
            compositions[i + 1] = compositions_[i];
        }
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
    function pixel(bytes32 modelId, uint32 stages, bytes32 seed, bytes32 traits, uint16 size, uint16 x, uint16 y)
        external
        view
        returns (bytes3)
    {
        if (size == 0 || size > PictureModel.MAX_SIZE || x >= size || y >= size) revert OutsidePicture(size, x, y);
        return bytes3(_draw(modelId, stages, Cut(seed, traits, size, x, y, 1, 1)));
    }

    /// @inheritdoc IExecutor
    function rows(bytes32 modelId, uint32 stages, bytes32 seed, bytes32 traits, uint16 size, uint16 y0, uint16 y1)
        external
        view
        returns (bytes memory rgb)
    {
        if (size == 0 || size > PictureModel.MAX_SIZE || y0 > y1 || y1 > size) revert OutsidePicture(size, 0, y1);
        return _draw(modelId, stages, Cut(seed, traits, size, 0, y0, size, y1 - y0));
    }

    /* VIEWS */

    /// @inheritdoc IExecutor
    function isCertified(bytes32 modelId) external view returns (bool) {
        return _certified[modelId] != Certified.No;
    }

    /// @inheritdoc IExecutor
    function knows(uint32 stages) external view returns (bool) {
        return _areKnown(_stagesOf(stages));
    }

    /// @inheritdoc IExecutor
    function registry() external view returns (address) {
        return address(_REGISTRY);
    }

    /* INTERNAL */

    /// @dev What a pixel costs: the network the same everywhere, and beside that the stages next to nothing.
    function _measurePixel(bytes32 modelId) private view returns (uint256) {
        uint256 before = gasleft();
        this.pixel(modelId, FIRST_STAGES, 0, 0, 1, 0, 0);
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

    /// @dev The colours of a rectangle: one stage after another.
    function _draw(bytes32 modelId, uint32 number, Cut memory cut) private view returns (bytes memory) {
        Stages memory stages = _stagesOf(number);
        if (!_areKnown(stages)) revert UnknownStages(number);
        if (!Traits.areValid(cut.traits)) revert BadTraits(cut.traits);
        (bytes memory points, bytes memory places) = stages.composition.look(cut);
        bytes memory fields = PictureModel.fieldsOf(_motif(modelId, cut), places);
        (bytes memory colours, bytes9 inks) = stages.style.paint(cut, points, fields);
        return stages.composition.finish(cut, points, colours, inks);
    }

    /// @dev A picture model with a token's latents folded in.
    function _motif(bytes32 modelId, Cut memory cut) private view returns (Network memory) {
        Certified certified = _certified[modelId];
        if (certified == Certified.No) revert NotCertified(modelId);
        if (certified != Certified.Picture) revert NotAPicture(modelId);
        Header memory header = CanonicalForm.header(_formOf(modelId));
        return PictureModel.motif(header, cut.seed, cut.traits, cut.width * cut.height == 1);
    }

    /// @dev What makes pictures with stages of this number; zero for a stage that isn't known.
    function _stagesOf(uint32 number) private view returns (Stages memory stages) {
        // So the highest byte is zero, too.
        if (number >> 16 != CONCEPT) return stages;
        stages.style = styles[(number >> 8) & 0xff];
        stages.composition = compositions[number & 0xff];
    }

    function _areKnown(Stages memory stages) private pure returns (bool) {
        return address(stages.style) != address(0) && address(stages.composition) != address(0);
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
