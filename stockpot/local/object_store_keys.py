"""The private files of the embedded S3 store: whoever cannot read them gets nothing at any of its ports.

SeaweedFS is several servers in one process. The S3 port asks for an access key; the others, HTTP and gRPC alike, take
only those who show the one certificate there is, whose key never leaves the store's directory.
"""

import datetime as dt
import ipaddress
import json
from pathlib import Path

_CERTIFICATE, _KEY, _IDENTITIES, _SECURITY = "tls.crt", "tls.key", "identities.json", "security.toml"
_TLS, _GRPC = ("master", "volume", "filer"), ("master", "volume", "filer", "s3", "client")
_AGE = dt.timedelta(days=3650)
# Paths are seen from the directory of the data, which is where the store works and looks for `security.toml` first.
_PAIR = f'cert = "../{_CERTIFICATE}"\nkey = "../{_KEY}"\n'
_AUTHORITY = f'ca = "../{_CERTIFICATE}"\n'


def write(directory: Path, access_key: str, secret_key: str) -> None:
    """Write a new certificate and who may use the store of `directory`, whose data lie in `data`."""
    key, certificate = _pair()
    _private(directory / _KEY, key)
    _private(directory / _CERTIFICATE, certificate)
    _private(directory / _IDENTITIES, _identities(access_key, secret_key))
    _private(directory / "data" / _SECURITY, _security())


def remove(directory: Path) -> None:
    """Remove what `write` wrote; the next start writes it anew."""
    for path in (directory / _KEY, directory / _CERTIFICATE, directory / _IDENTITIES, directory / "data" / _SECURITY):
        path.unlink(missing_ok=True)


def are_there(directory: Path) -> bool:
    """Whether the running store was given them; that of an earlier version was not."""
    return (directory / _KEY).exists()


def identities(directory: Path) -> Path:
    """The file of who may use the S3 port."""
    return directory / _IDENTITIES


def _private(path: Path, content: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(content)


def _identities(access_key: str, secret_key: str) -> str:
    identity = {
        "name": "stockpot",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin"],
    }
    return json.dumps({"identities": [identity]})


def _security() -> str:
    """SeaweedFS's `security.toml`: every port but S3's takes those with the certificate, and so do its own clients."""
    sections = [f"[grpc]\n{_AUTHORITY}", f"[https.client]\nenabled = true\n{_PAIR}{_AUTHORITY}"]
    sections += [f"[grpc.{name}]\n{_PAIR}" for name in _GRPC]
    sections += [f"[https.{name}]\n{_PAIR}{_AUTHORITY}" for name in _TLS]
    return "\n".join(sections)


def _pair() -> tuple[str, str]:
    """A new key and a certificate for 127.0.0.1 that is its own authority, so that nobody can issue another."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stockpot")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    unsigned = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - _AGE, now + _AGE
    )
    for extension, critical in ((here, False), (x509.BasicConstraints(ca=True, path_length=0), True)):
        unsigned = unsigned.add_extension(extension, critical)
    certificate = unsigned.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
