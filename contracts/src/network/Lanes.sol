// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

// How bytes are laid into the lanes of a word, so that one multiplication adds up ten or eleven products.
//
// Let A hold activations and B weights, both in lanes of 24 bits, B's in the opposite order:
//
//     A = a0·2^0 + a1·2^24 + … + a9·2^216          B = b9·2^0 + … + b1·2^192 + b0·2^216
//
// Then A·B is the product of two polynomials in 2^24, and the coefficient of its tenth lane (2^216) is exactly
// a0·b0 + a1·b1 + … + a9·b9. Lanes below it hold sums of mismatched pairs. A is placed so high that the wanted lane is
// the topmost, and what would lie above it falls off the word's upper end:
//
//     bit 255                 232 231                 208 207                       0
//         ├── a0·b0 + … + a9·b9 ──┼── a0·b1 + … + a8·b9 ──┼── … mismatched pairs … ──┤
//
// The products of several such words are added before the sum is read off. A word is the sum of its signed lanes: a
// negative lane borrows from the lane above it. A lane gathers at most 65 pairs of at most 255·128 each, and
// 65·255·128 < 2^22, so all lower lanes together stay within a quarter of the top lane's unit, and half a unit, added
// beforehand, makes `shr` round to the exact sum. A certified sum stays below 2^23: 24 bits hold it with its sign.
//
// A mask brings bytes into lanes: every third byte of a word, so that three masks take all of them. This is why lanes
// have 24 bits. Activations are kept in memory in descending order, so that they come out in the order of A.

/// @dev A byte in each of ten lanes, the lowest from bit 0 on.
uint256 constant TEN = 0x00000000ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff;
/// @dev 128 in each of ten lanes.
uint256 constant TEN_TIMES_128 = TEN / 255 * 128;
/// @dev A byte in each of ten lanes, the highest from bit 232 on.
uint256 constant TEN_HIGH = TEN << 16;
/// @dev A byte in each of eleven lanes, the lowest from bit 0 on; the topmost lane has but 16 bits.
uint256 constant ELEVEN = 0x00ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff;
/// @dev 128 in each of eleven lanes.
uint256 constant ELEVEN_TIMES_128 = ELEVEN / 255 * 128;
/// @dev A byte in each of eight lanes of 32 bits, the lowest from bit 0 on.
uint256 constant EIGHT = type(uint256).max / 0xffffffff * 255;
/// @dev 128 in each of eight lanes of 32 bits.
uint256 constant EIGHT_TIMES_128 = EIGHT / 255 * 128;
/// @dev Turns i8 into u8: 128 is added to each byte, whose sign bit flips.
uint256 constant SIGN_BITS = 0x8080808080808080808080808080808080808080808080808080808080808080;

/// @dev Eight bytes, side by side from bit 0 on, moved apart into lanes of 24 bits: four by four, then two by two, then one
/// by one.
function eightApart(uint256 bytes_) pure returns (uint256 lanes) {
    unchecked {
        lanes = (bytes_ | (bytes_ << 64)) & 0x00ffffffff0000000000000000ffffffff;
        lanes = (lanes | (lanes << 32)) & 0x00ffff00000000ffff00000000ffff00000000ffff;
        lanes = (lanes | (lanes << 16)) & 0x00ff0000ff0000ff0000ff0000ff0000ff0000ff0000ff;
    }
}

/// @dev Four bytes, side by side from bit 0 on, moved apart into lanes of 24 bits: two by two, then one by one.
function fourApart(uint256 bytes_) pure returns (uint256 lanes) {
    unchecked {
        lanes = (bytes_ | (bytes_ << 32)) & 0xffff00000000ffff;
        lanes = (lanes | (lanes << 16)) & 0xff0000ff0000ff0000ff;
    }
}
