// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Header} from "./network/CanonicalForm.sol";
import {Certificate} from "./network/Certificate.sol";
import {PictureModel} from "./picture/PictureModel.sol";

/// @title Certifier
/// @notice Checks canonical forms; Executor creates it.
/// @dev A contract of its own, since both together would be larger than a contract may be (EIP-170).
contract Certifier {
    /// @notice Reverts unless ExactNetwork runs the form.
    /// @return fitsPictures whether it is a picture model of the concept that is known here
    function check(bytes calldata form) external pure returns (bool fitsPictures) {
        (Header memory header, uint256 outputs, bool isRaw) = Certificate.check(form);
        return PictureModel.fits(header, outputs, isRaw);
    }
}
