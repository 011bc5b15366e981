// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IExecutor
/// @notice Runs registered models inside the chain: the same integers as everywhere else.
/// @dev A model must be certified once. Certifying proves on chain what the executor relies on: the canonical form is
/// well-formed, every layer is dense, the range rule holds (docs/protocol.md, section 1), and a run fits into a transaction.
interface IExecutor {
    /// @notice A model version can be run inside the chain from here on.
    event ModelCertified(bytes32 indexed modelId, bytes32 indexed canonicalHash);

    /// @notice The version is not certified.
    error NotCertified(bytes32 modelId);
    /// @notice The version is no picture model of a concept that is known here.
    error NotAPicture(bytes32 modelId);
    /// @notice One run, or one pixel, costs more gas than `MAX_RUN_GAS`: a fraud proof, or an execution with its callback, might not fit into a transaction.
    error TooHeavy(bytes32 modelId, uint256 gasUsed);
    /// @notice The model's input or output is longer than what the hub takes.
    error TooLong(bytes32 modelId, uint256 length);
    /// @notice The picture doesn't have this pixel or row, or its size is not 1 to 4096.
    error OutsidePicture(uint16 size, uint16 x, uint16 y);
    /// @notice These stages, or one of them, are not known here.
    error UnknownStages(uint32 stages);
    /// @notice A byte of the traits word holds no trait's value.
    error BadTraits(bytes32 traits);
    /// @notice The input is not as long as the model's inputs and latents together.
    error BadInputLength(uint256 expected, uint256 actual);
    /// @notice An input or latent lies outside its declared range.
    error InputOutOfRange(uint256 index, int256 value);

    /// @notice Checks a version whose weights are on chain, and marks it as certified. Anyone may call; again changes nothing.
    function certify(bytes32 modelId) external;

    /// @notice Whether the version is certified.
    function isCertified(bytes32 modelId) external view returns (bool);

    /// @notice Runs a tensor model.
    /// @param input the input's values, one byte each (two's complement if the range has negatives), then the latents
    /// @return output one byte a value, or int32 big-endian for raw outputs
    function run(bytes32 modelId, bytes calldata input) external view returns (bytes memory output);

    /// @notice Whether pictures can be drawn with these stages: concept · 65536 + style · 256 + composition, a version each.
    function knows(uint32 stages) external view returns (bool);

    /// @notice One pixel of a picture.
    /// @return rgb red, green, blue
    function pixel(bytes32 modelId, uint32 stages, bytes32 seed, bytes32 traits, uint16 size, uint16 x, uint16 y)
        external
        view
        returns (bytes3 rgb);

    /// @notice Rows `y0` to `y1` - 1 of a picture, three bytes (RGB) a pixel.
    function rows(bytes32 modelId, uint32 stages, bytes32 seed, bytes32 traits, uint16 size, uint16 y0, uint16 y1)
        external
        view
        returns (bytes memory rgb);

    /// @notice Where the models are registered.
    function registry() external view returns (address);
}
