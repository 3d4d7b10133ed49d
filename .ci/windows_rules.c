/* Rules of Windows for files that Wine leaves out, and a virus scanner. They are in force in a program that loads
   this library while WINDOWS_RULES is set; its number is how many milliseconds the scanner takes for a file.
   WINDOWS_FAILURE="CALL ERROR TIMES [NAME]" makes a call fail with an error as often as that, where a name is given
   only for files that end with it. With WINDOWS_POSIX, an open file can be replaced, as on NTFS.

   - Who renames, links or replaces a file opens the folder of the new name to write, sharing reading and writing
     ([MS-FSA] 2.1.5.15.6 and 2.1.5.15.11). So a handle of the folder that does not share writing refuses it.
   - A removed file keeps its name until every program has closed it. Until then access to it is denied (DeleteFileW,
     Remarks), to its attributes too.
   - A virus scanner opens each temporary file as soon as it has its name, sharing all. */
#include <windows.h>
#include <stdio.h>
#include <winternl.h>

#define LOCK_CONFLICT ((NTSTATUS)0xC0000054) /* becomes error 33 */
#define RENAME_INFO_EX 22

NTSTATUS NTAPI NtReadFile(HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, void *, ULONG, LARGE_INTEGER *,
                          ULONG *);
NTSTATUS NTAPI NtWriteFile(HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, const void *, ULONG,
                           LARGE_INTEGER *, ULONG *);

static CRITICAL_SECTION lock;
static WCHAR removed[64][1024];
static int removals;
static DWORD scan;
static char failing[64], only[64];
static DWORD failure;
static LONG failures;
static BOOL posix;

/* Whether this call is one that shall fail; the last error says how. */
static BOOL fails(const char *call, const WCHAR *name)
{
    char end[1024] = "";

    if (strcmp(call, failing)) return FALSE;
    if (name) WideCharToMultiByte(CP_UTF8, 0, name, -1, end, sizeof end, NULL, NULL);
    if (name && (strlen(end) < strlen(only) || strcmp(end + strlen(end) - strlen(only), only))) return FALSE;
    if (InterlockedDecrement(&failures) < 0) return FALSE;
    SetLastError(failure);
    return TRUE;
}

/* Whether the folder of a new name can be opened to write. */
static BOOL folder_allows(const WCHAR *name)
{
    WCHAR folder[1024], *last = NULL;
    HANDLE opened;

    if (!GetFullPathNameW(name, 1024, folder, &last) || !last) return FALSE;
    *last = 0;
    opened = CreateFileW(folder, FILE_ADD_FILE | SYNCHRONIZE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                         OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    return opened != INVALID_HANDLE_VALUE && CloseHandle(opened);
}

/* Whether a name is one of a removed file that is still open; the last error says so. */
static BOOL is_pending(const WCHAR *name)
{
    int i;
    BOOL pending = FALSE;

    EnterCriticalSection(&lock);
    for (i = removals; i-- > 0;) {
        if (lstrcmpiW(removed[i], name)) continue;
        pending = GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES;
        if (!pending) lstrcpyW(removed[i], removed[--removals]);
    }
    LeaveCriticalSection(&lock);
    if (pending) SetLastError(ERROR_ACCESS_DENIED);
    return pending;
}

static DWORD WINAPI hold(void *opened)
{
    Sleep(scan);
    CloseHandle(opened);
    return 0;
}

/* Opens a file as a virus scanner does, before the program goes on. */
static void scan_file(const WCHAR *name)
{
    DWORD error = GetLastError();
    HANDLE opened = INVALID_HANDLE_VALUE;

    if (scan && wcsstr(name, L".tc_calendar."))
        opened = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                             OPEN_EXISTING, 0, NULL);
    if (opened != INVALID_HANDLE_VALUE) CloseHandle(CreateThread(NULL, 0, hold, opened, 0, NULL));
    SetLastError(error);
}

static HANDLE WINAPI create_file(LPCWSTR name, DWORD access, DWORD share, SECURITY_ATTRIBUTES *security, DWORD how,
                                 DWORD flags, HANDLE template)
{
    HANDLE opened;

    if (is_pending(name) || fails("CreateFileW", name)) return INVALID_HANDLE_VALUE;
    opened = CreateFileW(name, access, share, security, how, flags, template);
    if (opened != INVALID_HANDLE_VALUE && how == CREATE_NEW) scan_file(name);
    return opened;
}

static BOOL WINAPI delete_file(LPCWSTR name)
{
    if (is_pending(name) || !DeleteFileW(name)) return FALSE;
    if (GetFileAttributesW(name) == INVALID_FILE_ATTRIBUTES) return TRUE;
    EnterCriticalSection(&lock);
    if (removals < 64) lstrcpynW(removed[removals++], name, 1024);
    LeaveCriticalSection(&lock);
    return TRUE;
}

static BOOL WINAPI move_file(LPCWSTR from, LPCWSTR to, DWORD flags)
{
    return !is_pending(from) && !is_pending(to) && folder_allows(to) && !fails("MoveFileExW", to)
        && MoveFileExW(from, to, flags);
}

static BOOL WINAPI move_to_free_name(LPCWSTR from, LPCWSTR to)
{
    return move_file(from, to, 0);
}

static BOOL WINAPI link_file(LPCWSTR name, LPCWSTR file, SECURITY_ATTRIBUTES *security)
{
    if (is_pending(name) || !folder_allows(name) || fails("CreateHardLinkW", name)) return FALSE;
    if (!CreateHardLinkW(name, file, security)) return FALSE;
    scan_file(name);
    return TRUE;
}

static BOOL WINAPI replace_file(LPCWSTR name, LPCWSTR by, LPCWSTR backup, DWORD flags, void *exclude, void *reserved)
{
    if (is_pending(name) || is_pending(by) || is_pending(backup) || !folder_allows(name)) return FALSE;
    if (fails("ReplaceFileW", name)) return FALSE;
    if (!ReplaceFileW(name, by, backup, flags, exclude, reserved)) return FALSE;
    scan_file(name);
    return TRUE;
}

static DWORD WINAPI attributes(LPCWSTR name)
{
    return is_pending(name) ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(name);
}

static DWORD WINAPI final_path(HANDLE file, LPWSTR path, DWORD size, DWORD flags)
{
    return fails("GetFinalPathNameByHandleW", NULL) ? 0 : GetFinalPathNameByHandleW(file, path, size, flags);
}

/* The POSIX kind of rename needs that all who have the replaced file open share deletion. Here the name is free for
   a moment, other than on Windows. */
static BOOL rename_as_posix(HANDLE file, FILE_RENAME_INFO *to, DWORD size)
{
    WCHAR aside[1024];

    wsprintfW(aside, L"%s.replaced", to->FileName);
    return MoveFileExW(to->FileName, aside, 0) && SetFileInformationByHandle(file, FileRenameInfo, to, size)
        && DeleteFileW(aside);
}

static BOOL WINAPI set_information(HANDLE file, FILE_INFO_BY_HANDLE_CLASS what, void *to, DWORD size)
{
    if (what == FileEndOfFileInfo && fails("SetFileInformationByHandle", NULL)) return FALSE;
    if (what == RENAME_INFO_EX && posix) return rename_as_posix(file, to, size);
    return SetFileInformationByHandle(file, what, to, size);
}

static NTSTATUS NTAPI read_file(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                                IO_STATUS_BLOCK *status, void *bytes, ULONG length, LARGE_INTEGER *at, ULONG *key)
{
    if (fails("NtReadFile", NULL)) return LOCK_CONFLICT;
    return NtReadFile(file, event, routine, context, status, bytes, length, at, key);
}

static NTSTATUS NTAPI write_file(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                                 IO_STATUS_BLOCK *status, const void *bytes, ULONG length, LARGE_INTEGER *at,
                                 ULONG *key)
{
    if (fails("NtWriteFile", NULL)) return LOCK_CONFLICT;
    return NtWriteFile(file, event, routine, context, status, bytes, length, at, key);
}

/* Puts a function in the place of the one that the program imports under a name. */
static void replace_import(const char *name, void *by)
{
    BYTE *base = (BYTE *)GetModuleHandleW(NULL);
    IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    DWORD imports = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress, before;
    IMAGE_IMPORT_DESCRIPTOR *library = (IMAGE_IMPORT_DESCRIPTOR *)(base + imports);
    IMAGE_THUNK_DATA *names, *functions;

    for (; library->Name; library++) {
        names = (IMAGE_THUNK_DATA *)(base + library->OriginalFirstThunk);
        functions = (IMAGE_THUNK_DATA *)(base + library->FirstThunk);
        for (; names->u1.AddressOfData; names++, functions++) {
            if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)) continue;
            if (strcmp((char *)((IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData))->Name, name)) continue;
            VirtualProtect(functions, sizeof *functions, PAGE_READWRITE, &before);
            functions->u1.Function = (ULONG_PTR)by;
            VirtualProtect(functions, sizeof *functions, before, &before);
        }
    }
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    char milliseconds[16], failed[128] = "";

    if (reason != DLL_PROCESS_ATTACH || !GetEnvironmentVariableA("WINDOWS_RULES", milliseconds, sizeof milliseconds))
        return TRUE;
    scan = strtoul(milliseconds, NULL, 10);
    posix = GetEnvironmentVariableA("WINDOWS_POSIX", NULL, 0) != 0;
    GetEnvironmentVariableA("WINDOWS_FAILURE", failed, sizeof failed);
    sscanf(failed, "%63s %lu %ld %63s", failing, &failure, &failures, only);
    InitializeCriticalSection(&lock);
    replace_import("CreateFileW", create_file);
    replace_import("DeleteFileW", delete_file);
    replace_import("MoveFileExW", move_file);
    replace_import("MoveFileW", move_to_free_name);
    replace_import("CreateHardLinkW", link_file);
    replace_import("ReplaceFileW", replace_file);
    replace_import("GetFileAttributesW", attributes);
    replace_import("GetFinalPathNameByHandleW", final_path);
    replace_import("SetFileInformationByHandle", set_information);
    replace_import("NtReadFile", read_file);
    replace_import("NtWriteFile", write_file);
    return TRUE;
}
