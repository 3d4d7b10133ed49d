/* Wine 8 lacks this library; Windows has had it since Vista. Rust's standard library gets random
   bytes from it. This one gets them from RtlGenRandom. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}
