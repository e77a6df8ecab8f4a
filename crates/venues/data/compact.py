#!/usr/bin/env python3
"""Turns tables of Binance leverage brackets (CSV) into the text format of brackets/README.md.

    compact.py snapshot SNAPSHOT.csv 2025-07-10 "where it comes from" > brackets/binance-usdm.txt
    compact.py history  HISTORY.csv  USDT       "where it comes from" > brackets/binance-usdm-history.txt

A snapshot has the columns symbol, margin_asset, bracket, initial_leverage, notional_floor, notional_cap, maint_margin_ratio, cum;
a history has valid_from in place of margin_asset, and a row with bracket 0 where a symbol is gone.
Each distinct table is written once, followed by who has used it since when.
"""
import csv
import sys
import textwrap
from decimal import Decimal

# The greatest notional the rules compute with; published caps above it mean "no limit".
GREATEST = Decimal(10) ** 13


def number(text):
    value = Decimal(text)
    if value > GREATEST:
        return "*"
    plain = format(value.normalize(), "f")
    return plain if plain != "-0" else "0"


def row(record):
    columns = ("notional_floor", "notional_cap", "initial_leverage", "maint_margin_ratio", "cum")
    return " ".join(number(record[column]) for column in columns)


def read(path, date_of, asset_of):
    """Tables in order of appearance: {rows: {(date, asset): [symbols]}}, and [(date, symbol)] of what is gone."""
    entries, gone = {}, []
    with open(path, newline="") as file:
        for record in csv.DictReader(file):
            if record["bracket"] == "0":
                gone.append((date_of(record), record["symbol"]))
            else:
                key = (record["symbol"], date_of(record), asset_of(record))
                entries.setdefault(key, []).append(row(record))
    tables = {}
    for (symbol, date, asset), rows in entries.items():
        tables.setdefault(tuple(rows), {}).setdefault((date, asset), []).append(symbol)
    return tables, gone


def main():
    kind, path, third, source = sys.argv[1:]
    if kind == "snapshot":
        tables, gone = read(path, lambda record: third, lambda record: record["margin_asset"])
    elif kind == "history":
        tables, gone = read(path, lambda record: record["valid_from"], lambda record: third)
    else:
        sys.exit(f"first argument must be snapshot or history, got {kind}")
    print("# Written by ../compact.py; the format is described in README.md.")
    print(f"source {source}\npublished marginal")
    for rows, users in tables.items():
        print("\ntable")
        print("\n".join(rows))
        for (date, asset), symbols in users.items():
            for line in textwrap.wrap(" ".join(symbols), 110, break_long_words=False):
                print(f"since {date} {asset} {line}")
    if gone:
        print()
    for date, symbol in gone:
        print(f"gone {date} {symbol}")


main()
