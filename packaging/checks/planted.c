/* A DLL that says that it was loaded, and from where. */
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved)
{
    char path[MAX_PATH], line[MAX_PATH + 16];
    DWORD length;

    if (reason == DLL_PROCESS_ATTACH) {
        GetModuleFileNameA(self, path, sizeof path);
        length = wsprintfA(line, "planted: %s\n", path);
        WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, length, &length, NULL);
    }
    return TRUE;
}
