// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

// What a loaded network consists of in memory.

/// @notice Bytes in descending order: element i lies at the address `first` - i, and zeros follow the last element up to
/// a multiple of 32.
/// @param first address of element 0
/// @param length number of elements
/// @param zeros address of the first of as many bytes, in the same order, that say which byte stands for the value 0;
/// 0 if that is 0 for all. Values from -128 on are kept with 128 added.
struct Vector {
    uint256 first;
    uint256 length;
    uint256 zeros;
}

/// @notice How a layer is computed.
enum Kind {
    Phase,
    Clip,
    Wide,
    Join
}

/// @notice A step of a network, ready to run.
/// @param kind how it is computed
/// @param source what it reads
/// @param first address of the first element that it writes; where sums are raw, of the first sum: one word each, ascending
/// @param outputs how many it writes
/// @param rows address of the weights; how they are laid out is the kind's affair
/// @param shift how many bits of a sum are dropped
/// @param table 31 below the address of the table, where the activation is a phase
/// @param wide what else WideLayer needs
/// @param parts what is joined (Join only)
struct Layer {
    Kind kind;
    Vector source;
    uint256 first;
    uint256 outputs;
    uint256 rows;
    uint256 shift;
    uint256 table;
    Wide wide;
    Vector[] parts;
}

/// @notice What WideLayer needs.
/// @param activation the activation's code in the canonical form
/// @param biases address of the biases, one word each
/// @param sums address of as many words, which become the sums
/// @param blocks address of room for the source in lanes
struct Wide {
    uint256 activation;
    uint256 biases;
    uint256 sums;
    uint256 blocks;
}
