/* Starts a program at this console, and sends the console events, which no terminal can send:
   inject_keys.exe EVENTS PROGRAM-LINE. Ends with the program's status, or with 98 if the program leaves the
   console in another mode than before.

   A line of the file EVENTS is a key event: whether it goes down, its code, its character, the state of the
   control keys and the repeat count, in hexadecimal; or "unknown", an event of a type that does not exist; or
   "interrupt", which is Ctrl-C. The file is waited for: what is sent before the program asks would be thrown
   away. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

int wmain(int count, wchar_t **arguments)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION program;
    DWORD mode, left = 0, status = 1, written;
    char line[80];
    FILE *events;
    HANDLE console = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 NULL, OPEN_EXISTING, 0, NULL);
    if (count != 3 || console == INVALID_HANDLE_VALUE || !GetConsoleMode(console, &mode)
        || !CreateProcessW(NULL, arguments[2], NULL, NULL, TRUE, 0, NULL, NULL, &startup, &program))
        return 99;
    SetConsoleCtrlHandler(NULL, TRUE);
    while (!(events = _wfopen(arguments[1], L"r")) && WaitForSingleObject(program.hProcess, 20) == WAIT_TIMEOUT)
        ;
    while (events && fgets(line, sizeof line, events)) {
        INPUT_RECORD record = {0};
        unsigned down, code, character, state, repeat;
        if (!strncmp(line, "interrupt", 9)) {
            GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
            continue;
        }
        if (sscanf(line, "%x %x %x %x %x", &down, &code, &character, &state, &repeat) == 5) {
            record.EventType = KEY_EVENT;
            record.Event.KeyEvent.bKeyDown = down;
            record.Event.KeyEvent.wVirtualKeyCode = code;
            record.Event.KeyEvent.uChar.UnicodeChar = character;
            record.Event.KeyEvent.dwControlKeyState = state;
            record.Event.KeyEvent.wRepeatCount = repeat;
        }
        WriteConsoleInputW(console, &record, 1, &written);
    }
    WaitForSingleObject(program.hProcess, INFINITE);
    GetExitCodeProcess(program.hProcess, &status);
    GetConsoleMode(console, &left);
    return left == mode ? status : 98;
}
