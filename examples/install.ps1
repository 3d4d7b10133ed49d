<#
Puts the hash of the administrator's password into the config, and restarts what reads it.
Run it as often as you like: it writes only if the hash is missing, wrong or too weak.

    .\install.ps1 -Config C:\Calendar\config.json -PasswordFile C:\Secrets\admin.txt -Service Calendar

PasswordFile holds the password and nothing else, in UTF-8. The service restarts only after a change.
If the restart fails, restart the service by hand: the next run finds the hash in its place.
The exit status is 0 after a change and without one, else that of tc_calendar, or 1.
#>
param(
    [Parameter(Mandatory)] [string] $Config,
    [Parameter(Mandatory)] [string] $PasswordFile,
    [string] $Service
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$arguments = @(
    '--hash_pass', '--password-file', $PasswordFile
    '--config', $Config, '--key', '/admin/password'
    '--if-needed', '--format', 'json', '--quiet'
)
# The answer contains the hash, so it is not printed. Errors go to the console.
$answer = tc_calendar.exe @arguments
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }

if ($answer -notmatch '"changed":true') {
    Write-Output "unchanged: $Config"
    exit 0
}
Write-Output "changed: $Config"
if ($Service) { Restart-Service -Name $Service }
