/* Wine 8 lacks this library; Windows has had it since Vista. Rust's standard library asks it for
   random bytes, which here come from where RtlGenRandom has them. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}
