"""Keys of this installation: made once, kept under VAR, readable by their owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def session_key() -> str:
    """A fresh key for signing cookies and tokens."""
    return secrets.token_urlsafe(64)


def field_key() -> str:
    """A fresh key for encrypted columns (Fernet: 32 bytes, url-safe base64)."""
    return Fernet.generate_key().decode()


def kept(folder: Path, name: str, make: Callable[[], str]) -> str:
    """The text of `folder`/`name`; made with mode 600 when it is not there yet.

    Two processes may start at once: the text is written apart and linked into place, so one wins whole.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(make() + "\n", encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
