"""What people read: figures, page and workbook."""
