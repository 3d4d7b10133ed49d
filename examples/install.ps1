<#
.SYNOPSIS
Puts the hash of the administrator's password into the config, and restarts the service that reads it.

.DESCRIPTION
Run it as often as you like: it writes only if the hash is missing, wrong or too weak.
The service restarts only after a change. If a run fails, the next one that does not fail restarts the service
in any case; until then, a folder beside the config, with .restart-due after its name, stands for that.
The exit status is 0 after a change and without one, else that of tc_calendar, or 1.

.PARAMETER Config
The path of the config.

.PARAMETER PasswordFile
A file that holds the password and nothing else, in UTF-8.

.PARAMETER Service
The name of the service. Without it, nothing is restarted.

.PARAMETER Key
The place of the hash in the config, as a JSON pointer.

.EXAMPLE
.\install.ps1 -Config C:\Calendar\config.json -PasswordFile C:\Secrets\admin.txt -Service Calendar
#>
param(
    [Parameter(Mandatory)] [string] $Config,
    [Parameter(Mandatory)] [string] $PasswordFile,
    [string] $Service,
    [string] $Key = '/admin/password'
)
# What is set in this block is not left behind when the script is dot-sourced.
& {
    Set-StrictMode -Version Latest
    # With Stop, Windows PowerShell 5.1 ends at the first line that a program writes to a redirected stderr. And the
    # status of tc_calendar is wanted here, and not an error made of it.
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false

    if (-not (Get-Command tc_calendar.exe -ErrorAction Ignore)) {
        Write-Error 'nothing is changed: there is no tc_calendar.exe in PATH; docs/install.md says how it gets there'
        exit 1
    }

    # While this folder exists, the service has to restart. It is made before the config is written, so that neither
    # an error nor the end of this script can lose the restart. Windows can refuse it where tc_calendar may write.
    $due = "$Config.restart-due"
    $restart = Test-Path -LiteralPath $due
    if ($Service -and -not $restart -and (Test-Path -LiteralPath $Config)) {
        try { $null = New-Item -ItemType Directory -Path $due -ErrorAction Stop } catch {
            Write-Error "nothing is changed: the folder $due, which stands for a restart, cannot be made: $_"
            exit 1
        }
    }

    $arguments = @(
        '--hash_pass', '--password-file', $PasswordFile
        '--config', $Config, '--key', $Key
        '--if-needed', '--format', 'change'
    )
    # Without try, the script would go on if the program cannot be started.
    try { $answer = tc_calendar.exe @arguments } catch { Write-Error -ErrorRecord $_; exit 1 }
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }

    Write-Output "${answer}: $Config"
    if ($answer -ne 'unchanged') { $restart = $true }
    if (-not $Service) { exit 0 }
    if ($restart -and $answer -eq 'unchanged') { Write-Output "an earlier run has left this to do: restart $Service" }
    if ($restart) {
        try { Restart-Service -Name $Service -ErrorAction Stop } catch {
            Write-Error "the hash is in the config, but $Service did not restart; run this script again: $_"
            exit 1
        }
    }
    Remove-Item -LiteralPath $due -ErrorAction Ignore
    exit 0
}
