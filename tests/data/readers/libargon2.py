# The C reference. Its command argon2(1) makes hashes, and its library verifies them.
import ctypes, subprocess, sys

ARGON2_OK, ARGON2_VERIFY_MISMATCH = 0, -35

password, *encoded = (argument.encode() for argument in sys.argv[1:])
if not encoded:
    subprocess.run(["argon2", "a salt of text", "-id", "-e"], input=password, check=True)
else:
    library = ctypes.CDLL("libargon2.so.1")
    answer = library.argon2id_verify(encoded[0], password, ctypes.c_size_t(len(password)))
    print({ARGON2_OK: "match", ARGON2_VERIFY_MISMATCH: "no match"}[answer])
