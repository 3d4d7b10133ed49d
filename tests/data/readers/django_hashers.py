# Django stores `argon2` and then the hash.
import sys
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
password, *encoded = sys.argv[1:]
if not encoded:
    print(make_password(password).removeprefix("argon2"))
else:
    print("match" if check_password(password, "argon2" + encoded[0]) else "no match")
