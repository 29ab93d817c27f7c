"""Files on their way in: what a file is, what its columns mean, what its rows change, and how to take it back.

`registry` names the kinds; `sniffing` and `reading` turn bytes into cells; `inspecting` looks through a file; `mapping`
says which column is which field and `planning` fits that to the file; `dates`, `numbers`, `converting` turn cells into
values; `records` compares them with what is there and writes; `runs` carries a file through in batches; `undo` takes it
back; `reports` writes what was refused.
"""
