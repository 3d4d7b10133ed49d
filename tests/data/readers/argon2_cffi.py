import sys
import argon2

password, *encoded = sys.argv[1:]
if not encoded:
    print(argon2.PasswordHasher().hash(password))
else:
    try:
        argon2.PasswordHasher().verify(encoded[0], password)
        print("match")
    except argon2.exceptions.VerifyMismatchError:
        print("no match")
