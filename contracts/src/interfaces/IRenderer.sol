// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IRenderer
/// @notice Keeps the program that draws a collection's pictures in a browser, and writes a token's page with it: HTML
/// that needs no network, for what marketplaces show as `animation_url`.
/// @dev A page is the *head*, which is the same for every token and holds the renderer (WebAssembly, packed), and the
/// token's own values behind it. Nothing of either can change.
interface IRenderer {
    /// @notice The code chunks, joined, are not the head that was meant.
    error HeadMismatch(bytes32 expected, bytes32 actual);

    /// @notice keccak256 of the head.
    function hash() external view returns (bytes32);

    /// @notice keccak256 of the renderer, the WebAssembly module that the head holds in packed form.
    /// @dev Warning: a contract can't unpack it, so this is what the deployer said. Anyone can compare, off chain: the
    /// module is the one gzip file in `head()`, in base64.
    function wasmHash() external view returns (bytes32);

    /// @notice The head: all of a page up to the token's values.
    function head() external view returns (string memory);

    /// @notice The page that draws a token.
    /// @param stages which versions of concept, style and composition make the picture
    /// @param seed the token's randomness
    /// @param traits packed traits
    /// @param model the network's canonical form
    function html(uint32 stages, bytes32 seed, bytes32 traits, bytes calldata model)
        external
        view
        returns (string memory);
}
