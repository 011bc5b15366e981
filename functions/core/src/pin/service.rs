//! The services that keep content, by the names under which the setting `pinners` lists them.

use std::rc::Rc;

use super::arweave::Arweave;
use super::file::File;
use super::kubo::Kubo;
use super::pinata::Pinata;
use super::psa::Psa;
use super::{arweave, embedded, kubo, pinata, psa};
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::platform::Platform;

/// A service and what it takes to ask it.
#[derive(Clone)]
pub(super) enum Service {
    Embedded,
    Kubo(Rc<Kubo>),
    Pinata(Rc<Pinata>),
    Psa(Rc<Psa>),
    Arweave(Rc<Arweave>),
}

impl Service {
    /// The service of a name, with its settings.
    pub(super) async fn configured(platform: &impl Platform, name: &str) -> Result<Self> {
        Ok(match name {
            embedded::SERVICE => Self::Embedded,
            kubo::SERVICE => Self::Kubo(Rc::new(Kubo::configured(platform).await?)),
            pinata::SERVICE => Self::Pinata(Rc::new(Pinata::configured(platform).await?)),
            psa::SERVICE => Self::Psa(Rc::new(Psa::configured(platform).await?)),
            arweave::SERVICE => Self::Arweave(Rc::new(Arweave::configured(platform).await?)),
            _ => {
                let reason = "names a service that is unknown; use embedded, kubo, pinata, psa, arweave".into();
                return Err(Error::Config { name: "pinners", reason }.into());
            }
        })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Embedded => embedded::SERVICE,
            Self::Kubo(_) => kubo::SERVICE,
            Self::Pinata(_) => pinata::SERVICE,
            Self::Psa(_) => psa::SERVICE,
            Self::Arweave(_) => arweave::SERVICE,
        }
    }

    /// Whether others can fetch by its CID what this service keeps.
    pub(super) fn provides(&self) -> bool {
        matches!(self, Self::Embedded | Self::Kubo(_) | Self::Pinata(_))
    }

    /// Whether this service is told a CID and fetches the content itself.
    pub(super) fn fetches(&self) -> bool {
        matches!(self, Self::Psa(_))
    }

    /// Has the service keep a file. Done means that it has named the address that was computed here.
    pub(super) async fn keep(&self, platform: &impl Platform, file: &File, by: Until) -> Result<()> {
        match self {
            Self::Embedded => embedded::add(platform, file).await,
            Self::Kubo(kubo) => kubo.keep(platform, file, by).await,
            Self::Pinata(pinata) => pinata.keep(platform, file, by).await,
            Self::Psa(psa) => psa.keep(platform, file, by).await,
            Self::Arweave(arweave) => arweave.keep(platform, file, by).await,
        }
    }
}
