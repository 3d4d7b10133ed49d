<#
.SYNOPSIS
Hashes the passwords of a CSV file.

.DESCRIPTION
Returns an object with the user and the hash for each row, in order, or nothing if there is a fault in one of the rows.
The file has the columns user and password, with commas or semicolons, as Export-Csv writes it, in UTF-8: without
-Encoding UTF8, Export-Csv of Windows PowerShell writes ? in place of all letters outside of ASCII.
The passwords reach tc_calendar, which has to be in PATH, only through a pipe.

.PARAMETER Path
The path of the file.

.PARAMETER Cost
An option of tc_calendar for the cost, such as --profile=owasp, or what tc_calendar --calibrate printed.

.EXAMPLE
.\users-to-hashes.ps1 users.csv | Export-Csv hashes.csv -NoTypeInformation -Encoding UTF8

.EXAMPLE
.\users-to-hashes.ps1 users.csv -Cost --profile=owasp
#>
param(
    [Parameter(Mandatory)] [string] $Path,
    # PowerShell takes the commas in --cost=m=19456,t=2,p=1 for those of a list.
    [string[]] $Cost
)
# What is set in this block is not left behind when the script is dot-sourced.
& {
    Set-StrictMode -Version Latest
    $ErrorActionPreference = 'Stop'
    # Windows PowerShell 5.1 would pipe ? in place of all letters outside of ASCII.
    $OutputEncoding = [System.Text.UTF8Encoding]::new($false)

    if (-not (Get-Command tc_calendar -ErrorAction Ignore)) {
        throw 'there is no tc_calendar in PATH: docs/install.md says how it gets there'
    }
    $file = Convert-Path -LiteralPath $Path
    # This obeys a byte order mark, and refuses bytes that are not UTF-8, such as those of Windows-1251.
    try { $rows = [System.IO.File]::ReadAllLines($file, [System.Text.UTF8Encoding]::new($false, $true)) }
    catch [System.Text.DecoderFallbackException] { throw 'the file is not UTF-8: write it with -Encoding UTF8' }

    function Get-Field([string] $Text) {
        if ($Text.StartsWith('"')) { $Text.Substring(1, $Text.Length - 2).Replace('""', '"') } else { $Text }
    }
    $line = 0
    $separator = $null
    $users = @(foreach ($row in $rows) {
        $line++
        # Windows PowerShell writes #TYPE and a name before the header.
        if ($row -eq '' -or ($line -eq 1 -and $row.StartsWith('#TYPE '))) { continue }
        if (-not $separator) {
            if ($row -notmatch '^"?user"?([,;])"?password"?$') {
                throw "line ${line}: expected the header user,password or user;password"
            }
            $separator = $Matches[1]
            $field = "(`"(?:[^`"]|`"`")*`"|[^`"$separator]*)"
            continue
        }
        if ($row -notmatch "^$field$separator$field`$") {
            throw "line ${line}: expected a user and a password; a field with a separator or a quote must be in quotes"
        }
        $user = Get-Field $Matches[1]
        $password = Get-Field $Matches[2]
        if ($user -eq '') { throw "line ${line}: the user is empty" }
        if ($password -eq '') { throw "line ${line}: the password is empty" }
        @{ Line = $line; User = $user; Password = $password }
    })
    if (-not $users) { throw 'there is no user in the file' }

    $arguments = @('--hash_pass', '--password-stdin', '--lines', '--format', 'plain')
    if ($Cost) { $arguments += $Cost -join ',' }
    $answer = @(& {
        # With Stop, Windows PowerShell 5.1 would end at the first line that a program writes to a redirected stderr.
        $ErrorActionPreference = 'Continue'
        $PSNativeCommandUseErrorActionPreference = $false
        $users.Password | tc_calendar @arguments 2>&1
    })
    $status = $LASTEXITCODE
    $hashes, $messages = $answer.Where({ $_ -isnot [System.Management.Automation.ErrorRecord] }, 'Split')

    # tc_calendar counts the passwords; these are the lines of the file.
    $messages = @($messages | ForEach-Object {
        [regex]::Replace("$_", '\bline (\d+):', { param($found) "line $($users[$found.Groups[1].Value - 1].Line):" })
    })
    if ($status -ne 0) { throw ($messages -notlike 'note: *' -join "`n") }
    $messages -replace '^note: ' | Write-Warning
    if ($hashes.Count -ne $users.Count) { throw "there are $($hashes.Count) hashes for $($users.Count) users" }
    for ($row = 0; $row -lt $users.Count; $row++) {
        [pscustomobject]@{ user = $users[$row].User; hash = $hashes[$row] }
    }
}
