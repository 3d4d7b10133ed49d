<#
.SYNOPSIS
Hashes the passwords of a CSV file.

.DESCRIPTION
Returns an object with the user and the hash for each user, in order, or nothing if there is a fault in one of the rows.
The passwords reach tc_calendar, which has to be in PATH, only through a pipe.

The first line of the file names the columns, in any order: user, password, and others, which are left out. Commas or
semicolons separate them. A field that contains one of these, a quote or a line end must stand in quotes, and its own
quotes must be doubled. Export-Csv writes such a file, and so does Excel, as "CSV UTF-8".
The file must be in UTF-8, or in UTF-16 with a byte order mark. Without -Encoding UTF8, Export-Csv of Windows PowerShell
writes ? in place of all letters outside of ASCII.

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
    # This obeys a byte order mark, and reads U+FFFD where the file is not UTF-8, as in one with Windows-1251.
    $text = [System.IO.File]::ReadAllText((Convert-Path -LiteralPath $Path), [System.Text.UTF8Encoding]::new())

    $quoting = 'a field with a separator or a quote must be in quotes, and its own quotes doubled'
    $lineOf = [System.Collections.Generic.Dictionary[string, int]]::new()
    $number = 0
    $open = $false
    $header = $null
    $users = @(foreach ($line in $text -split '\r?\n') {
        $number++
        if ($line -match '[\0\uFFFD]') { throw "line ${number}: this is not UTF-8; in Excel, save it as CSV UTF-8" }
        # Windows PowerShell puts a line with #TYPE before the header.
        if ($number -eq 1 -and $line.StartsWith('#TYPE ')) { continue }
        # A row goes on in the next line while a quote is open.
        if ($open) { $row += "`n$line" } else { $row = $line; $start = $number }
        if (($line.Split('"').Count - 1) % 2) { $open = -not $open }
        if ($open -or $row -match '^[,;]*$') { continue }

        if (-not $header) {
            $separator = if ($row.Contains(';')) { ';' } else { ',' }
            $field = [regex]"\G(?:`"((?:[^`"]|`"`")*)`"|([^`"$separator]*))$separator"
        }
        # The separator at the end makes all fields alike.
        $found = $field.Matches($row + $separator)
        $values = @(foreach ($one in $found) { $one.Groups[1].Value.Replace('""', '"') + $one.Groups[2].Value })
        $isWhole = $found.Count -and $found[$found.Count - 1].Index + $found[$found.Count - 1].Length -gt $row.Length
        if (-not $header) {
            $header = $values
            $columns = foreach ($name in 'user', 'password') {
                $places = @(for ($i = 0; $i -lt $values.Count; $i++) { if ($values[$i] -eq $name) { $i } })
                if (-not $isWhole -or $places.Count -ne 1) {
                    throw "line ${start}: expected a header with the columns user and password, with commas or semicolons"
                }
                $places
            }
            continue
        }
        if (-not $isWhole -or $values.Count -ne $header.Count) {
            throw "line ${start}: expected $($header.Count) fields; $quoting"
        }
        $user, $password = $values[$columns]
        if ($user -eq '') { throw "line ${start}: the user is empty" }
        if ($password -eq '') { throw "line ${start}: the password is empty" }
        if ("$user$password".Contains("`n")) { throw "line ${start}: the user or the password contains a line end" }
        if ($lineOf.ContainsKey($user)) { throw "line ${start}: this user is in line $($lineOf[$user]), too" }
        $lineOf[$user] = $start
        @{ Line = $start; User = $user; Password = $password }
    })
    if ($open) { throw "line ${start}: a quote is not closed; $quoting" }
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
