# libsodium's `crypto_pwhash_str_verify` and `crypto_pwhash_str`.
import sys
import nacl.exceptions, nacl.pwhash

password, *encoded = (argument.encode() for argument in sys.argv[1:])
if not encoded:
    print(nacl.pwhash.str(password).decode())
else:
    try:
        nacl.pwhash.verify(encoded[0], password)
        print("match")
    except nacl.exceptions.InvalidkeyError:
        print("no match")
